import { expect, it } from 'vitest';
import { describeOnBothStores } from '../store/testing.ts';
import { member, openWorldForTest, startForTest } from './server.testing.ts';

const STRANGER = JSON.stringify({
  type: 'identity',
  kind: 'oauth-app',
  name: 'left-behind',
  target: 'somewhere',
  refs: [{ system: 'somewhere', type: 'identity', value: 'left-behind' }],
});

describeOnBothStores('what a server says about those who could decide', (_open, on) => {
  it('lists the identities that could not be contained, with reasons and remedies, and counts them', async () => {
    const { connectors, inventory } = await openWorldForTest();
    const server = await startForTest(await on.freshPlace(), { connectors });
    const lines = [...inventory.split('\n'), STRANGER];
    await server.parts.inventory.importRecords(lines, { source: 'world' });
    const before = await server.ask('/v1/authority/readiness');
    expect(before.status).toBe(200);
    const total = Number(member(before.body, 'identities'));
    expect(total).toBeGreaterThan(1);
    expect(member(before.body, 'byReason', 'no-connector')).toBe(1);
    expect(Number(member(before.body, 'byReason', 'not-rehearsed'))).toBe(total - 1);
    expect(member(before.body, 'ready')).toBe(0);
    const alone = await server.ask('/v1/authority/readiness?reason=no-connector&limit=1');
    expect(member(alone.body, 'groups', 0, 'target')).toBe('somewhere');
    expect(member(alone.body, 'groups', 0, 'now', 'holders', 0, 'person')).toBeTypeOf('string');
    expect(member(alone.body, 'cursor')).toBeNull();
    // Who asks for a rehearsal gets the others ready; the answer follows what changed in the inventory.
    const { authority } = server.parts;
    const rehearsed = [...connectors.keys()].flatMap((target) =>
      authority.recordRehearsal({ target, atMs: Date.now() }),
    );
    await server.parts.store.write(rehearsed);
    await server.parts.inventory.importRecords([STRANGER.replaceAll('left', 'far')], {
      source: 'new',
    });
    const after = await server.ask('/v1/authority/readiness?all=true');
    expect(member(after.body, 'identities')).toBe(total + 1);
    expect(member(after.body, 'ready')).toBe(total - 1);
    const metrics = await server.ask('/metrics');
    expect(metrics.text).toContain(`firebreak_readiness_identities{state="ready"} ${total - 1}`);
    expect((await server.ask('/v1/authority/readiness?cursor=x')).status).toBe(400);
  });

  it('knows for the prover what was rehearsed, and proves anew when that changes', async () => {
    const { connectors } = await openWorldForTest();
    const server = await startForTest(await on.freshPlace(), { connectors });
    const never = await server.ask('/v1/authority/coverage?days=30');
    expect(Number(member(never.body, 'checks', 'actions.rehearsal'))).toBeGreaterThan(0);
    const { authority, store } = server.parts;
    const [target = ''] = connectors.keys();
    await store.write(authority.recordRehearsal({ target, atMs: Date.now() }));
    const fresh = await server.ask('/v1/authority/coverage?days=30');
    expect(member(fresh.body, 'checks', 'actions.rehearsal')).toBe(0);
  });

  it('proves coverage in a thread of its own, with people away', async () => {
    const server = await startForTest(await on.freshPlace());
    const [plain, without] = await Promise.all([
      server.ask('/v1/authority/coverage?days=30'),
      server.ask('/v1/authority/coverage?days=30&without=mia&without=jonas&absent=1'),
    ]);
    expect([plain.status, without.status]).toEqual([200, 200]);
    expect(Number(member(plain.body, 'cells'))).toBeGreaterThan(0);
    expect(member(without.body, 'without')).toEqual(['mia', 'jonas']);
    expect(JSON.stringify(member(without.body, 'gaps')).length).toBeGreaterThanOrEqual(
      JSON.stringify(member(plain.body, 'gaps')).length,
    );
    expect((await server.ask('/v1/authority/coverage?days=9999')).status).toBe(400);
  });
});
