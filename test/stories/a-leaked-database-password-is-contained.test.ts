import { expect, it } from 'vitest';
import { connectPostgres } from '../../src/connectors/postgres/index.ts';
import {
  describeWithPostgres,
  makeAccount,
  refusalFrom,
  startTarget,
} from '../../src/connectors/postgres/testing.ts';
import { present } from '../../src/kernel/index.ts';
import { cleanUp, createSqliteForTest } from '../../src/store/testing.ts';
import type { Leak } from '../../src/world/index.ts';
import { tell } from './harness/story.ts';

const LEAKED = 'leaked-password-of-orders-EXAMPLE';
const NEW = 'renewed-password-of-orders-EXAMPLE';
const TARGET = 'orders-db';

// One store is enough: what the stories show on both is the engine; this one is about a real server.
describeWithPostgres('a leaked password of a real PostgreSQL role', () => {
  it('is cut in stages, proven dead, and the workload comes back with another one', async () => {
    const server = await startTarget();
    cleanUp(() => server.server.stop());
    await server.administer(`
      create role orders login createrole password '${LEAKED}';
      create role invoices login password '${NEW}'`);
    const { url, controlUrl, account } = await makeAccount(server);
    const connector = await connectPostgres({
      target: TARGET,
      url,
      controlUrl,
      rotation: 'password',
    });
    cleanUp(async () => connector.close?.());
    const login = async (password: string, role = 'orders') => {
      const client = await server.login(role, password);
      cleanUp(() => client.end().catch(() => undefined));
      return client;
    };
    const [attacker, bystander] = [await login(LEAKED), await login(NEW, 'invoices')];

    const beside = new Map([[TARGET, connector]]);
    const choice = { targets: ['ci'], charter: { revokes: false }, beside };
    const story = await tell(() => createSqliteForTest(), choice);
    const sync = present(connector.inventory, 'it brings an inventory');
    const call = { idempotencyKey: 'sync', timeoutMs: 10_000 };
    const report = await story.engine.inventory.importRecords(sync(call), { source: TARGET });
    expect(report.rejectedCount).toBe(0);

    const credential = 'orders/password';
    const refs = [{ system: TARGET, type: 'credential', value: credential }];
    const leak: Leak = { target: TARGET, identity: 'orders', credential, secret: LEAKED, refs };
    await story.report(leak);
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
    await connector.rotation?.mint(minting, call);
    await story.person('jonas').restores(`${TARGET}:identity:orders`, 'resolved');
    await story.untilClosed();
    expect(await refusalFrom(login(LEAKED))).toBe('28P01');
    expect(await refusalFrom(login(NEW))).toBeNull();
    expect(JSON.stringify(await story.entries())).not.toMatch(/EXAMPLE|SCRAM/u);
    const own = story.person('mia').contains(`${TARGET}:identity:${account}`, 'suspend');
    await expect(own).rejects.toMatchObject({ code: 'containment-refused' });
  });
});
