import { describe, expect, it } from 'vitest';
import { CHROMIUM, openConsole, PHONE } from './harness/console.ts';

describe.skipIf(CHROMIUM === undefined)('a decision on a phone (Chromium is not installed)', () => {
  it('is read, approved, seen to hold, and given back by somebody else', async () => {
    const { pageOf, misbehave } = await openConsole();
    const { page, complaints } = await pageOf('mia', { viewport: PHONE });
    await page.getByText('No open incidents.').waitFor();

    await misbehave();
    // Nobody reloads: what happens reaches the screen.
    await page.getByRole('link', { name: 'Look and decide' }).click();
    const approve = page.getByRole('button', { name: /^Approve/u });
    await approve.waitFor();
    await page.getByText('Asked of you as ir-lead').waitFor();
    await page.getByText('anomalous-behaviour from scanner').waitFor();
    await page.getByText(/whoever holds it reaches \d+/u).waitFor();
    await page
      .getByText(/\d+ known, \d+ inferred, \d+ unknown consumers stop/u)
      .first()
      .waitFor();
    // Nothing is wider than the phone.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);

    expect(await approve.isDisabled()).toBe(true);
    await page.getByLabel('Reason, for the ledger').fill('the scanner saw it in public');
    await approve.click();
    const effect = page.getByRole('region', { name: 'Effect' });
    await effect.getByText('proven', { exact: true }).first().waitFor();
    await page.getByText('approved by mia').waitFor();

    await page.getByRole('link', { name: 'Go to the incident' }).click();
    await page.getByRole('heading', { name: /anomalous-behaviour of/u }).waitFor();
    await page.getByRole('button', { name: 'Restore' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('False alarm').click();
    await dialog.getByLabel('Reason, for the ledger').fill('a drill');
    await dialog.getByRole('button', { name: 'Ask to restore' }).click();
    // Whoever contained may not restore: the question is with somebody else, and the page says so.
    await page.getByText('The answer is with those who were asked.').waitFor();

    const other = await pageOf('jonas', { viewport: PHONE });
    await other.page.getByRole('link', { name: 'Look and decide' }).click();
    await other.page.getByLabel('Reason, for the ledger').fill('it was a drill');
    await other.page.getByRole('button', { name: 'Approve' }).click();
    await other.page.getByText('approved by jonas').waitFor();
    await other.page
      .getByRole('region', { name: 'Effect' })
      .getByText('restored', { exact: true })
      .first()
      .waitFor();
    expect([...complaints, ...other.complaints]).toEqual([]);
  });

  it('is not for somebody who may only read', async () => {
    const { pageOf, leak, server } = await openConsole();
    await leak();
    const { page } = await pageOf('ola', { scopes: ['read'] });
    await page.getByRole('link', { name: /\?$/u }).first().click();
    await page.getByText('The answer is with those who were asked.').waitFor();
    expect(await page.getByRole('button', { name: /^Approve/u }).count()).toBe(0);

    await page.goto(`${server.url}/incidents`);
    await page.getByRole('link', { name: /credential-exposed of/u }).click();
    await page.getByRole('button', { name: 'Go further' }).click();
    await page.getByRole('dialog').getByLabel('Reason, for the ledger').fill('I want to');
    await page.getByRole('dialog').getByRole('button', { name: 'Ask to advance' }).click();
    // The server refuses, and the screen says what to do about it.
    await page.getByRole('dialog').getByRole('alert').getByText('forbidden').waitFor();
  });
});
