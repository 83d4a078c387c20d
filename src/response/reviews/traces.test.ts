import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Discovery } from '../../connectors/contract.ts';
import { toTimestamp } from '../../kernel/index.ts';
import { rankOf, traceIn, traceOfRecords } from './traces.ts';

const SINCE_MS = Date.parse('2026-12-01T03:00:00Z');
const OURS = ['ci-deploy', 'key-1'];

const times = fc
  .integer({ min: -3, max: 3 })
  .map((hours) => toTimestamp(SINCE_MS + hours * 3_600_000));
const discoveries = fc.record({
  credentials: fc.array(
    fc.record({
      credential: fc.constantFrom('a', 'b'),
      identity: fc.constant('neighbour'),
      kind: fc.constant('api-key'),
      issuedAt: times,
      expiresAt: fc.constant(null),
      lastUsedAt: fc.option(times),
      enabled: fc.boolean(),
      mintedBy: fc.option(fc.constantFrom('ci-deploy', 'key-1', 'somebody')),
      scopes: fc.constant([]),
    }),
    { maxLength: 3 },
  ),
  sessions: fc.array(
    fc.record({
      session: fc.constant('s'),
      identity: fc.constant('neighbour'),
      credential: fc.option(fc.constantFrom('a', 'b')),
      since: times,
    }),
    { maxLength: 2 },
  ),
});

/** The naive way: every fact by itself, the worst one wins. */
function naive(
  { credentials, sessions }: Omit<Discovery, 'identities'>,
  one: string | null,
): string {
  const after = (at: string | null): boolean => at !== null && at >= toTimestamp(SINCE_MS);
  const mine = credentials.filter((each) => one === null || each.credential === one);
  for (const each of mine)
    if (OURS.includes(each.mintedBy ?? 'nobody') && after(each.issuedAt)) return 'minted';
  for (const each of mine) if (after(each.lastUsedAt)) return 'used';
  for (const each of sessions)
    if ((one === null || each.credential === one) && after(each.since)) return 'used';
  for (const each of mine) if (each.lastUsedAt !== null) return 'nothing-seen';
  return mine.length === 0 ? 'nothing-seen' : 'not-available';
}

describe('a trace', () => {
  it('is what the target shows since the first suspect time, and the worst of it', () => {
    fc.assert(
      fc.property(discoveries, fc.option(fc.constantFrom('a', 'b')), (seen, credential) => {
        const sought = { names: OURS, sinceMs: SINCE_MS, credential };
        const found = traceIn({ identities: [], ...seen }, sought);
        expect(found.trace).toBe(naive(seen, credential));
        expect(found.seen).not.toBe('');
      }),
      { numRuns: 1_000 },
    );
  });

  it('is never "nothing seen" where nobody has looked', () => {
    expect(traceOfRecords([], SINCE_MS, 'no connector')).toEqual({
      trace: 'not-available',
      seen: 'no connector',
    });
  });

  it('weighs more than risk and nearness', () => {
    const traces = ['minted', 'used', 'not-available', 'nothing-seen'] as const;
    for (const [index, trace] of traces.entries()) {
      const next = traces[index + 1];
      const strongest = next === undefined ? -1 : rankOf(next, { isNear: true, risk: 100 });
      expect(rankOf(trace)).toBeGreaterThanOrEqual(Math.floor(strongest));
    }
  });
});
