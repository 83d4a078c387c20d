import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deriveId } from '../kernel/index.ts';
import { riskOf, type RiskFacts, unusedPrivileges } from './risk.ts';

const NOW_MS = Date.parse('2026-11-20T00:00:00.000Z');
const at = (daysAgo: number): string => new Date(NOW_MS - daysAgo * 86_400_000).toISOString();

const credential = fc.record({
  issuedAt: fc.option(fc.integer({ min: 0, max: 900 }).map(at), { nil: null }),
  expiresAt: fc.option(fc.constant(at(-30)), { nil: null }),
  lastUsedAt: fc.option(fc.integer({ min: 0, max: 400 }).map(at), { nil: null }),
  scopes: fc.subarray(['a', 'b', 'c', 'd', 'e', 's3:*', 'repo:admin']),
  gone: fc.option(fc.constant({ at: at(1), source: 't' }), { nil: null, freq: 3 }),
});
const facts: fc.Arbitrary<RiskFacts> = fc.record({
  identity: fc.record({
    exposure: fc.constantFrom(null, 'public', 'partner', 'internal'),
    environment: fc.constantFrom('prod', null),
    rotationDays: fc.constantFrom(null, 30, 800),
    tags: fc.subarray(['administrator']),
  }),
  credentials: fc.array(credential, { maxLength: 4 }),
  orphan: fc.boolean(),
  shared: fc.constantFrom(true, false, null),
  criticalServices: fc.constantFrom(null, 0, 1, 9),
  nowMs: fc.constant(NOW_MS),
});

it('is the sum of what it names, from 0 to 100', () => {
  fc.assert(
    fc.property(facts, (one) => {
      const { score, contributions } = riskOf(one);
      const sum = contributions.reduce((total, { points }) => total + points, 0);
      expect(score).toBe(Math.min(100, sum));
      expect(new Set(contributions.map(({ name }) => name)).size).toBe(contributions.length);
      expect(contributions.every(({ points, why }) => points > 0 && why !== '')).toBe(true);
    }),
  );
});

it('never falls when something gets worse, and gone credentials count for nothing', () => {
  fc.assert(
    fc.property(facts, (one) => {
      const { score } = riskOf(one);
      expect(riskOf({ ...one, orphan: true }).score).toBeGreaterThanOrEqual(score);
      expect(riskOf({ ...one, criticalServices: 20 }).score).toBeGreaterThanOrEqual(score);
      const live = one.credentials.filter(({ gone }) => gone === null);
      expect(riskOf({ ...one, credentials: live })).toEqual(riskOf(one));
    }),
  );
});

it('finds what was granted and never used, only where somebody watches', () => {
  const id = deriveId('credential', 'risk test');
  const scopes = ['read', 'write', 'admin'];
  const finding = (usedScopes: readonly string[] | null) =>
    unusedPrivileges([{ id, scopes, usedScopes }]).map(({ unused }) => unused);
  expect(finding(null)).toEqual([]);
  expect(finding(scopes)).toEqual([]);
  expect(finding(['read', 'other'])).toEqual([['write', 'admin']]);
  expect(finding([])).toEqual([scopes]);
});
