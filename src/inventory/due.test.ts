import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deriveId, toTimestamp } from '../kernel/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import { dueAtMs } from './due.ts';
import { createInventory } from './inventory.ts';
import type { OwnerClaim, ThingRecord } from './model.ts';
import { ownersOf, ownerStateOf } from './owners.ts';
import { riskOf } from './risk.ts';
import { inventoryMigrations } from './tables.ts';
import { partsForTest } from './testing.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-20T00:00:00.000Z');
const STALE_AFTER_MS = 365 * DAY_MS;
const at = (hoursFromNow: number): string => toTimestamp(NOW_MS + hoursFromNow * 3_600_000);
const hours = (min: number, max: number) => fc.integer({ min, max }).map(at);
const maybe = (times: fc.Arbitrary<string>) => fc.option(times, { nil: null });

const credential = fc.record({
  issuedAt: maybe(hours(-24 * 900, 24)),
  expiresAt: maybe(hours(-100, 100)),
  lastUsedAt: maybe(hours(-24 * 200, 0)),
  scopes: fc.constant(['a']),
  gone: fc.option(fc.constant({ at: at(-1), source: 't' }), { nil: null, freq: 4 }),
});

const PARTIES = ['one', 'two', 'three'];
const parties = fc.tuple(...PARTIES.map(() => maybe(hours(-500, 500)))).map((leaves) => {
  const records = PARTIES.map((name, index): [string, ThingRecord] => {
    const id = deriveId('party', name);
    const given = { type: 'party', id, name, refs: [], tags: [], leftAt: leaves[index] ?? null };
    // As the inventory gives it; no other member is read here.
    return [id, given as unknown as ThingRecord];
  });
  return new Map(records);
});
const claim: fc.Arbitrary<OwnerClaim> = fc.record({
  role: fc.constantFrom('business', 'technical'),
  party: fc.constantFrom(...PARTIES.map((name) => deriveId('party', name)), 'nobody'),
  basis: fc.constant('catalog'),
  confidence: fc.constantFrom(0.5, 0.9),
  assertedAt: hours(-24 * 400, 0),
}) as fc.Arbitrary<OwnerClaim>; // the basis is a word of the union

const described = fc.record({
  rotationDays: fc.constantFrom(null, 1, 30, 100),
  credentials: fc.array(credential, { maxLength: 3 }),
  claims: fc.array(claim, { maxLength: 3 }),
  parties,
});
type Described = typeof described extends fc.Arbitrary<infer Value> ? Value : never;

/** What a list shows of it at a time. */
function saidAt({ rotationDays, credentials, claims, parties: byId }: Described, nowMs: number) {
  const policy = { nowMs, staleAfterMs: STALE_AFTER_MS };
  const ownership = ownersOf(claims, byId, policy);
  const identity = { exposure: null, environment: 'prod', rotationDays, tags: [] } as const;
  const { orphan } = ownership;
  const facts = { identity, credentials, orphan, shared: null, criticalServices: null, nowMs };
  return { score: riskOf(facts).score, state: ownerStateOf(ownership) };
}

it('nothing that a list shows changes before it is due', () => {
  let changes = 0;
  fc.assert(
    fc.property(described, fc.double({ min: 0, max: 1, noNaN: true }), (one, share) => {
      const identity = { rotationDays: one.rotationDays };
      const given = { ...one, identity, staleAfterMs: STALE_AFTER_MS, nowMs: NOW_MS };
      const dueMs = dueAtMs(given);
      const untilMs = dueMs ?? NOW_MS + 5_000 * DAY_MS;
      expect(untilMs).toBeGreaterThan(NOW_MS);
      const between = NOW_MS + Math.floor((untilMs - 1 - NOW_MS) * share);
      expect(saidAt(one, between)).toEqual(saidAt(one, NOW_MS));
      expect(saidAt(one, untilMs - 1)).toEqual(saidAt(one, NOW_MS));
      if (dueMs === null) return;
      const [before, after] = [saidAt(one, NOW_MS), saidAt(one, dueMs)];
      if (before.score !== after.score || before.state !== after.state) changes += 1;
    }),
    { numRuns: 1_000 },
  );
  // Otherwise it would hold for a function that says nothing.
  expect(changes).toBeGreaterThan(100);
});

describeOnBothStores('a list of an inventory in which nothing happens', (open) => {
  it('shows the rank of the day on which it is read', async () => {
    const { clock, ...parts } = await partsForTest(await open(), inventoryMigrations);
    const inventory = createInventory({ clock, ...parts });
    const startMs = clock.nowMs();
    const identity = (name: string): object => ({
      type: 'identity',
      kind: 'service-account',
      name,
      target: 'cloud',
      refs: [`cloud:identity:${name}`],
    });
    const issued = {
      type: 'credential',
      kind: 'api-key',
      identity: 'cloud:identity:aging',
      refs: ['cloud:key:one'],
      issuedAt: toTimestamp(startMs - 89 * DAY_MS),
      expiresAt: toTimestamp(startMs + 900 * DAY_MS),
    };
    const records = [identity('aging'), identity('quiet'), issued];
    const report = await inventory.importRecords(records, { source: 'test' });
    expect(report.rejected).toEqual([]);
    const ranks = async () => {
      const { identities, listed } = await inventory.list({ sort: 'risk' });
      return identities.map(({ id, name }) => [name, listed.get(id)?.risk]);
    };
    const first = new Map((await ranks()).map(([name, risk]) => [name, risk]));
    expect(first.get('aging')).toBe(first.get('quiet'));
    await clock.advance(3 * DAY_MS);
    expect((await ranks())[0]).toEqual(['aging', Number(first.get('quiet')) + 8]);
  });
});
