import { afterAll, beforeAll, expect, it } from 'vitest';
import type pg from 'pg';
import type { Connector } from '../../src/connectors/contract.ts';
import { connectPostgres } from '../../src/connectors/postgres/index.ts';
import {
  describeWithPostgres,
  type PostgresTargetForTest,
  makeAccount,
  refusalFrom,
  startTarget,
} from '../../src/connectors/postgres/testing.ts';
import { present } from '../../src/kernel/index.ts';
import type { CutView } from '../../src/response/index.ts';
import { cleanUp, createSqliteForTest } from '../../src/store/testing.ts';
import type { Leak } from '../../src/world/index.ts';
import { tell, type Story } from './harness/story.ts';

const LEAKED = 'leaked-password-of-orders-EXAMPLE';
const NEW = 'renewed-password-of-orders-EXAMPLE';
const TARGET = 'orders-db';

interface Setting {
  readonly connector: Connector;
  readonly account: string;
  readonly login: (password: string, role?: string) => Promise<pg.Client>;
  readonly story: Story;
}

const CALL = { idempotencyKey: 'of-a-story', timeoutMs: 10_000 };
const LEAK: Leak = {
  target: TARGET,
  identity: 'orders',
  credential: 'orders/password',
  secret: LEAKED,
  refs: [{ system: TARGET, type: 'credential', value: 'orders/password' }],
};

let server: PostgresTargetForTest;

async function setUp(): Promise<Setting> {
  // One server for all of them, as it was before the first.
  await server.administer(`
    drop role if exists orders; drop role if exists invoices;
    create role orders login createrole password '${LEAKED}';
    create role invoices login password '${NEW}'`);
  const { url, controlUrl, account } = await makeAccount(server);
  const access = { target: TARGET, url, controlUrl, rotation: 'password' } as const;
  const connector = await connectPostgres(access);
  cleanUp(async () => connector.close?.());
  const beside = new Map([[TARGET, connector]]);
  const choice = { targets: ['ci'], charter: { revokes: false }, beside };
  const story = await tell(() => createSqliteForTest(), choice);
  const sync = present(connector.inventory, 'it brings an inventory');
  const lines = [];
  for await (const line of sync(CALL)) if (line['source'] !== 'observed') lines.push(line);
  const report = await story.engine.inventory.importRecords(lines, { source: TARGET });
  expect(report.rejectedCount).toBe(0);
  const login = async (password: string, role = 'orders'): Promise<pg.Client> => {
    const client = await server.login(role, password);
    cleanUp(() => client.end().catch(() => undefined));
    return client;
  };
  return { connector, account, login, story };
}

// One store is enough: what the stories show on both is the engine; this one is about a real server.
describeWithPostgres('a leaked password of a real PostgreSQL role', () => {
  beforeAll(async () => {
    server = await startTarget();
  });
  afterAll(() => server.server.stop());

  it('is cut in stages, proven dead, and the workload comes back with another one', async () => {
    const { connector, account, login, story } = await setUp();
    const [attacker, bystander] = [await login(LEAKED), await login(NEW, 'invoices')];
    await story.report(LEAK);
    const incident = await story.untilContained();
    expect(incident.standing.sentence).toBe('contained');
    const proven = incident.cuts.filter((cut) => cut.status === 'proven');
    expect(proven.map((cut) => cut.guarantee)).toEqual(['G2', 'G4']);
    expect(await refusalFrom(attacker.query('select 1'))).not.toBeNull();
    expect(await refusalFrom(login(LEAKED))).toBe('28000');
    expect(await refusalFrom(bystander.query('select 1'))).toBeNull();

    // The server starts again: what was cut stays cut, and the engine sees no drift.
    await server.server.kill();
    await server.server.start();
    await story.pass('3 min');
    expect((await story.incident()).standing.sentence).toBe('contained');

    const minting = { target: TARGET, subject: { identity: 'orders' }, label: 'r1', secret: NEW };
    await connector.rotation?.mint(minting, CALL);
    await story.person('jonas').restores(`${TARGET}:identity:orders`, 'resolved');
    await story.untilClosed();
    expect(await refusalFrom(login(LEAKED))).toBe('28P01');
    expect(await refusalFrom(login(NEW))).toBeNull();
    expect(JSON.stringify(await story.entries())).not.toMatch(/EXAMPLE|SCRAM/u);
    const own = story.person('mia').contains(`${TARGET}:identity:${account}`, 'suspend');
    await expect(own).rejects.toMatchObject({ code: 'containment-refused' });
  });

  it('is blocked with the statement to run while a right is missing, and goes on when it is given', async () => {
    const { account, login, story } = await setUp();
    const attacker = await login(LEAKED);
    await server.administer(`revoke pg_signal_backend from ${account}`);
    await story.report(LEAK);
    const isBlocked = (cut: CutView): boolean => cut.guarantee === 'G4' && cut.status === 'blocked';
    const incident = await story.until(({ cuts }) => cuts.some(isBlocked));
    const grant = `GRANT pg_signal_backend TO "${account}"`;
    expect(incident.cuts.find(isBlocked)?.reason).toContain(`grant: ${grant}`);
    expect(incident.standing.contained).toBe(false);
    // As much as could be done is done.
    expect(await refusalFrom(login(LEAKED))).toBe('28000');
    expect(await refusalFrom(attacker.query('select 1'))).toBeNull();

    await server.administer(grant);
    await story.release(await story.engine.runner.list({ state: 'blocked' }));
    const isProven = (cut: CutView): boolean => cut.guarantee === 'G4' && cut.status === 'proven';
    const { decisions } = await story.until(({ cuts }) => cuts.some(isProven));
    expect(await refusalFrom(attacker.query('select 1'))).not.toBeNull();
    // Meanwhile a person was asked to cut once more; it is so already, and the question is closed.
    const asked = present(decisions[0], 'somebody is asked when a cut does not hold');
    expect(asked.state).toBe('expired');
    await story.untilContained();
  });

  it('is cut when the server comes back, if it was away', async () => {
    const { login, story } = await setUp();
    await server.server.kill();
    await story.report(LEAK);
    await story.pass('20 s');
    expect((await story.incident()).standing.contained).toBe(false);
    await server.server.start();
    await story.untilContained();
    expect(await refusalFrom(login(LEAKED))).toBe('28000');
  });
});
