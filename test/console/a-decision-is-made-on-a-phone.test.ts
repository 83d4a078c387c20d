import { describe, expect, it } from 'vitest';
import {
  CHROMIUM,
  CHROMIUM_MISSING,
  giveAuthenticator,
  openConsole,
  PHONE,
  READER,
} from './harness/console.ts';

describe.skipIf(CHROMIUM === undefined)(`a decision on a phone${CHROMIUM_MISSING}`, () => {
  it('is read, approved, seen to hold, and given back by somebody else', async () => {
    const { pageOf, misbehave, server, url } = await openConsole();
    const { people } = server.parts;
    const { page, complaints } = await pageOf('mia', { viewport: PHONE, how: 'stranger' });
    await giveAuthenticator(page);
    // As the server prints it at its first start.
    const invitation = (await people.invitations.inviteFirst()) ?? '';
    await page.goto(`${url}/enrol#invitation=${invitation}`);
    await page.getByLabel('Person').selectOption({ label: 'Mia Lindqvist' });
    await page.getByRole('button', { name: 'Make my passkey' }).click();
    await page.getByText('Your recovery codes').waitFor();
    expect(await page.locator('.codes li').count()).toBeGreaterThan(1);
    await page.getByRole('link', { name: 'I have kept them: go on' }).click();
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

    // The passkey has signed it, and what it signed is on the ledger.
    await server.parts.ledger.sealNow();
    expect((await server.ask('/v1/ledger/entries?limit=500')).text).toContain('authenticatorData');

    // Ended elsewhere: the next look at it asks who is there, and the passkey answers.
    await people.sessions.endAll('mia', 'test');
    await page.getByRole('link', { name: 'Incidents' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('link', { name: /anomalous-behaviour of/u }).click();

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
  }, 120_000);

  it('is not for somebody who may only read', async () => {
    const { pageOf, leak, url } = await openConsole();
    await leak();
    const { page } = await pageOf(READER);
    await page.getByRole('link', { name: /\?$/u }).first().click();
    await page.getByText('The answer is with those who were asked.').waitFor();
    expect(await page.getByRole('button', { name: /^Approve/u }).count()).toBe(0);

    await page.goto(`${url}/incidents`);
    await page.getByRole('link', { name: /credential-exposed of/u }).click();
    await page.getByRole('button', { name: 'Go further' }).click();
    await page.getByRole('dialog').getByLabel('Reason, for the ledger').fill('I want to');
    await page.getByRole('dialog').getByRole('button', { name: 'Ask to advance' }).click();
    // The server refuses, and the screen says what to do about it.
    await page.getByRole('dialog').getByRole('alert').getByText('forbidden').waitFor();
  });
});
