import { describe, expect, it } from 'vitest';
import { resolveSettings, startServer } from '../../src/app/index.ts';
import { silentLog } from '../../src/kernel/index.ts';
import { cleanUp } from '../../src/store/testing.ts';
import { CHROMIUM, CHROMIUM_MISSING, openConsole } from './harness/console.ts';

describe.skipIf(CHROMIUM === undefined)(`a lost line${CHROMIUM_MISSING}`, () => {
  it('is said, heals when the server is back, and brings what was missed', async () => {
    const { server, overrides, pageOf, url, leak } = await openConsole();
    const { page } = await pageOf('mia');
    await page.getByText('live', { exact: true }).waitFor();
    await leak();
    await page.getByRole('link', { name: 'Look and decide' }).waitFor();

    const { port } = new URL(url);
    const { data } = server.settings;
    await server.stop(500);
    await page.getByText('not live, trying again').waitFor();
    // What was known stays on the screen.
    await page.getByRole('link', { name: 'Look and decide' }).waitFor();

    const settings = resolveSettings({
      data,
      host: '127.0.0.1',
      port: Number(port),
      store: 'sqlite',
    });
    const again = await startServer(settings, { ...overrides, log: silentLog });
    cleanUp(() => again.stop(500));
    await page.getByText('live', { exact: true }).waitFor();
    // The same session, on the same place of the ledger.
    await page.getByRole('link', { name: 'Look and decide' }).click();
    await page.getByLabel('Reason, for the ledger').fill('after the restart');
    await page.getByRole('button', { name: /^Approve/u }).click();
    await page
      .getByRole('region', { name: 'Effect' })
      .getByText('proven', { exact: true })
      .first()
      .waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/decisions\//u);
  }, 120_000);
});
