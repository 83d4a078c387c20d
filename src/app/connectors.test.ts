import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connector } from '../connectors/contract.ts';
import {
  describeWithPostgres,
  makeAccount,
  startTarget,
  type AccountForTest,
  type PostgresTargetForTest,
} from '../connectors/postgres/testing.ts';
import { isFirebreakError, present, realClock, reveal, silentLog } from '../kernel/index.ts';
import { cleanUp, createDirectoryForTest } from '../store/testing.ts';
import { openConnectors } from './connectors.ts';
import { checkConnector, resolveSettings } from './index.ts';
import { startForTest } from './server.testing.ts';

/** A firebreak.yaml with this entry, and the files that it refers to. */
function writtenWith(entry: string, files: Readonly<Record<string, string>> = {}): string {
  const directory = createDirectoryForTest();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const file = join(directory, 'firebreak.yaml');
  writeFileSync(file, `connectors:\n  - ${entry}\n`);
  return file;
}

function problemOf(entry: string): string {
  try {
    resolveSettings({ config: writtenWith(entry, { s: 'secret-EXAMPLE' }) });
    return 'accepted';
  } catch (error) {
    if (isFirebreakError(error, 'configuration-invalid')) return error.message;
    throw error;
  }
}

describe('a connector in firebreak.yaml', () => {
  it.each([
    ['{ target: d, kind: postgres, account: file:s }', /d is a postgres and needs control/u],
    ['{ target: d, kind: world, url: http://h, token: file:s }', /needs controlSecret/u],
    [
      '{ target: d, kind: postgres, account: file:s, control: file:s, url: http://h }',
      /d is a postgres, for which there is no key url/u,
    ],
    ['{ target: d, kind: postgres, account: postgres://u:hunter2@h/d, control: file:s }', /form/u],
    [
      '{ target: d, kind: postgres, account: file:s, control: file:s }\n  - { target: d, kind: postgres, account: file:s, control: file:s }',
      /d is named twice/u,
    ],
    [
      '{ target: d, kind: postgres, account: file:s, control: file:s, rotation: twin }',
      /accepted/u,
    ],
    [
      "{ target: d, kind: redis, account: file:s, control: file:s, persistence: config, alsoRestrict: ['@write'] }",
      /accepted/u,
    ],
    [
      '{ target: d, kind: redis, account: file:s, control: file:s, suspension: nologin }',
      /no key/u,
    ],
    [
      "{ target: d, kind: redis, account: file:s, control: file:s, alsoRestrict: ['@write on'] }",
      /form/u,
    ],
  ])('%s', (entry, problem) => {
    expect(problemOf(entry)).toMatch(problem);
    expect(problemOf(entry)).not.toContain('hunter2');
  });
});

describeWithPostgres('a server with a database as target', () => {
  let target: PostgresTargetForTest;
  let made: AccountForTest;
  beforeAll(async () => {
    target = await startTarget();
  });
  afterAll(() => target.server.stop());

  async function configured(more = ''): Promise<string> {
    made = await makeAccount(target);
    const files = { account: reveal(made.url), control: reveal(made.controlUrl) };
    const entry = `{ target: orders-db, kind: postgres, account: file:account, control: file:control${more} }`;
    return writtenWith(entry, files);
  }

  async function missingWith(config: string): Promise<readonly string[]> {
    const { connectors } = resolveSettings({ config });
    const opened = await openConnectors(connectors, realClock, silentLog);
    cleanUp(opened.stop);
    return opened.missing();
  }

  it('starts with the least privilege, and not with more unless that is written down', async () => {
    const config = await configured();
    expect(await missingWith(config)).toEqual([]);
    expect(await checkConnector('orders-db', { config })).toMatchObject({ ok: true, excess: [] });
    await target.administer(`alter role ${made.account} createdb`);
    expect(await missingWith(config)).toEqual(['orders-db']);
    const report = await checkConnector('orders-db', { config });
    expect(report).toMatchObject({ ok: false, actsAs: made.account, system: 'postgres' });
    expect(report.excess).toMatchObject([
      { right: 'CREATEDB', remedy: `ALTER ROLE "${made.account}" NOCREATEDB` },
    ]);

    const allowed = await configured(', allowExcessPrivilege: true');
    await target.administer(`alter role ${made.account} createdb`);
    expect(await missingWith(allowed)).toEqual([]);
    expect(await checkConnector('orders-db', { config: allowed })).toMatchObject({ ok: true });
  });

  it('reads the inventory of a target when asked, and says which cannot', async () => {
    const config = await configured();
    await target.administer(`create role billing login`);
    const { connectors } = resolveSettings({ config });
    const opened = await openConnectors(connectors, realClock, silentLog);
    cleanUp(opened.stop);
    const place = { sqlite: createDirectoryForTest() };
    const connector = present(opened.connectors.get('orders-db'), 'it was reached');
    const { inventory: _, ...mute } = connector;
    const both = new Map<string, Connector>([
      ['orders-db', connector],
      ['mute-db', mute],
    ]);
    const server = await startForTest(place, { connectors: both });
    const path = '/v1/connectors/orders-db/sync';
    const first = await server.ask(path, { method: 'POST' });
    expect(first).toMatchObject({ status: 200, body: { source: 'orders-db', mode: 'snapshot' } });
    const found = await server.ask('/v1/lookup?ref=orders-db:identity:billing');
    expect(found.text).toContain('"name":"billing"');
    const quiet = await server.ask(path, { method: 'POST' });
    expect(quiet.body).toMatchObject({ added: 0, gone: 0 });
    await target.administer(`drop role billing`);
    const second = await server.ask(`${path}?shrink=1`, { method: 'POST' });
    expect(second.body).toMatchObject({ added: 0, gone: 2 });
    const mutely = await server.ask('/v1/connectors/mute-db/sync', { method: 'POST' });
    expect(mutely).toMatchObject({ status: 409, body: { code: 'connector-cannot-sync' } });
    const nowhere = await server.ask('/v1/connectors/no-db/sync', { method: 'POST' });
    expect(nowhere).toMatchObject({ status: 404, body: { code: 'target-unknown' } });
  });
});
