import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFIDENCES, GUARANTEES, type Guarantee } from '../../kernel/index.ts';
import {
  arbitraryCharter,
  arbitraryFacts,
  arbitraryProtection,
  northlake,
  northlakeRoster,
  NOW_MS,
} from '../arbitrary.testing.ts';
import type { Seat } from '../charter/model.ts';
import { confidenceOf } from './match.ts';
import { type AuthorityFacts, type AuthorityResolution, DECISION_KINDS } from '../model.ts';
import { resolveAuthority } from './resolve.ts';
import { allowedBySpec } from './automatic-spec.testing.ts';

const rank = (guarantee: Guarantee | null): number =>
  guarantee === null ? 0 : GUARANTEES.indexOf(guarantee) + 1;

const contain = (charter: typeof northlake, facts: AuthorityFacts): AuthorityResolution =>
  resolveAuthority(charter, northlakeRoster, facts, 'contain', NOW_MS);

const LEAK: AuthorityFacts = {
  identity: {
    id: 'idn_1',
    refs: ['ci:app:deployer'],
    kind: 'ci-identity',
    tags: [],
    services: [],
    operator: null,
  },
  environment: 'prod',
  jurisdiction: 'DE',
  severity: 'sev2',
  signalTypes: ['credential-exposed'],
  authenticity: 'signed',
  confidence: 'strong',
  sources: 1,
  rehearsedAt: '2026-11-25T00:00:00.000Z',
  automaticCuts: [],
  signalSource: 'scanner',
};

describe('what may happen without asking', () => {
  it('is what the naive definition says', () => {
    let acted = 0;
    fc.assert(
      fc.property(arbitraryCharter, arbitraryFacts, (charter, facts) => {
        const spec = allowedBySpec(charter, facts, NOW_MS);
        const found = contain(charter, facts);
        if (spec.act > 0) acted += 1;
        expect(rank(found.automaticUpTo)).toBe(spec.act);
        expect(rank(found.shadowUpTo)).toBe(spec.shadow);
        expect(found.then !== null).toBe(spec.revoke);
      }),
      { numRuns: 4_000 },
    );
    // The random cases are worth something only when many of them do act.
    expect(acted).toBeGreaterThan(800);
  });

  it('promise 6: is nothing for an unauthenticated signal, by mandate or by default', () => {
    fc.assert(
      fc.property(arbitraryCharter, arbitraryFacts, (charter, facts) => {
        const found = contain(charter, { ...facts, authenticity: 'unauthenticated' });
        const { automaticUpTo, atDeadline, meanwhile, then } = found;
        expect([automaticUpTo, atDeadline, meanwhile, then]).toEqual([null, null, null, null]);
      }),
    );
  });

  it('promise 6: never rises when a ceiling is added', () => {
    const fuse = fc.record({ limit: fc.constantFrom(1, 2), perMs: fc.constant(7_200_000) });
    fc.assert(
      fc.property(
        arbitraryCharter,
        arbitraryFacts,
        arbitraryProtection,
        fuse,
        (charter, facts, protection, automaticCuts) => {
          const before = contain(charter, facts);
          const lower = [
            { ...charter, protections: [...charter.protections, protection] },
            { ...charter, fuses: { ...charter.fuses, automaticCuts } },
            {
              ...charter,
              classes: charter.classes.map((one) => ({
                ...one,
                profile: 'restrict-only' as const,
              })),
            },
          ];
          // Exchanging a fuse for a tighter or equal one is adding a ceiling; for a looser one it is not.
          const tighter = (charter.fuses.automaticCuts?.limit ?? 9) >= automaticCuts.limit;
          for (const [index, changed] of lower.entries()) {
            if (index === 1 && !tighter) continue;
            const after = contain(changed, facts);
            expect(rank(after.automaticUpTo)).toBeLessThanOrEqual(rank(before.automaticUpTo));
            expect(after.then !== null && before.then === null).toBe(false);
            expect(rank(after.atDeadline?.guarantee ?? null)).toBeLessThanOrEqual(
              rank(before.atDeadline?.guarantee ?? null),
            );
          }
        },
      ),
    );
  });

  it('never falls when confidence rises', () => {
    fc.assert(
      fc.property(arbitraryCharter, arbitraryFacts, (charter, facts) => {
        const levels = CONFIDENCES.map((confidence) => {
          const found = contain(charter, { ...facts, confidence });
          return rank(found.automaticUpTo) * 2 + (found.then === null ? 0 : 1);
        });
        expect(levels).toEqual(levels.toSorted((left, right) => left - right));
      }),
    );
  });

  it('promise 14: is nothing for a mandate in shadow or in ask', () => {
    fc.assert(
      fc.property(
        arbitraryCharter,
        arbitraryFacts,
        fc.constantFrom('shadow', 'ask'),
        (charter, facts, mode) => {
          const mandates = charter.mandates.map((mandate) => ({ ...mandate, mode }) as const);
          const found = contain({ ...charter, mandates }, facts);
          expect([found.automaticUpTo, found.then]).toEqual([null, null]);
          expect(mode === 'ask' && found.shadowUpTo !== null).toBe(false);
        },
      ),
    );
  });

  it('promises 2 and 9: cites a mandate that is live, and no decision but contain acts', () => {
    fc.assert(
      fc.property(
        arbitraryCharter,
        arbitraryFacts,
        fc.constantFrom(...DECISION_KINDS),
        (charter, facts, decision) => {
          const found = resolveAuthority(charter, northlakeRoster, facts, decision, NOW_MS);
          const acting = [found.automaticUpTo, found.then, found.atDeadline];
          const acts = acting.some((one) => one !== null);
          expect(acts && decision !== 'contain').toBe(false);
          expect(found.atDeadline?.guarantee).not.toBe('G5');
          const cited = charter.mandates.some(
            ({ id, mode, untilMs }) =>
              id === found.mandate?.id && mode === 'act' && NOW_MS < untilMs,
          );
          expect(found.automaticUpTo === null || cited).toBe(true);
        },
      ),
    );
  });
});

describe('northlake', () => {
  it('suspends a leaked CI token at once, and revokes it after an uncontested window', () => {
    const found = contain(northlake, LEAK);
    expect(found).toMatchObject({
      mandate: { id: 'ci-token-leak', mode: 'act' },
      automaticUpTo: 'G4',
      windowW1Ms: 120_000,
      right: 'contain.default',
      ceilings: [],
      inherit: { upTo: 'G3', limit: 20 },
    });
    expect(found.then).toEqual({ guarantee: 'G5', windowMs: 900_000 });
    expect(found.holders.map(({ seat }) => seat)).toEqual(['ir-lead', 'platform-lead', 'ciso']);
    expect(found.atDeadline).toEqual({ guarantee: 'G3', afterMs: 900_000 });
  });

  it.each([
    ['never rehearsed', { rehearsedAt: null }, 'G2', 'rehearsal'],
    ['rehearsed long ago', { rehearsedAt: '2026-10-01T00:00:00.000Z' }, 'G2', 'rehearsal'],
    ['only bearer', { authenticity: 'bearer' }, null, 'authenticity'],
    [
      'the source is used up',
      {
        automaticCuts: Array.from({ length: 5 }, () => ({
          atMs: Date.parse('2026-12-02T02:55:00.000Z'),
          source: 'scanner',
        })),
      },
      null,
      'fuse',
    ],
    [
      'protected',
      { identity: { ...LEAK.identity, refs: ['k8s:sa:prod/firebreak-runner'] } },
      null,
      'protected',
    ],
    [
      'plant control',
      { identity: { ...LEAK.identity, tags: ['plant-control'] } },
      'G2',
      'protected',
    ],
  ] as const)('%s lowers what it may do', (_name, change, automaticUpTo, by) => {
    const found = contain(northlake, { ...LEAK, ...change });
    expect(found.automaticUpTo).toBe(automaticUpTo);
    expect(found.then).toBeNull();
    expect(found.ceilings.map((ceiling) => ceiling.by)).toContain(by);
  });

  it('lets two medium sources count as strong, once', () => {
    expect(contain(northlake, { ...LEAK, confidence: 'medium' }).automaticUpTo).toBeNull();
    expect(contain(northlake, { ...LEAK, confidence: 'medium', sources: 2 }).automaticUpTo).toBe(
      'G4',
    );
    expect(confidenceOf('weak', 5)).toBe('medium');
    expect(confidenceOf('proven', 2)).toBe('proven');
  });

  it('treats a missing severity as the highest, and the most specific right replaces only its members', () => {
    const unknown = contain(northlake, { ...LEAK, severity: null });
    expect(unknown.right).toBe('contain.sev1');
    expect(unknown.decideWithinMs).toBe(180_000);
    expect(unknown.meanwhile).toEqual({ guarantee: 'G2', afterMs: 0 });
    const ics = contain(northlake, {
      ...LEAK,
      severity: 'sev1',
      identity: { ...LEAK.identity, tags: ['plant-control'] },
    });
    expect(ics.right).toBe('contain.ics');
    expect(ics.holders.map(({ seat }) => seat)).toEqual(['ir-lead', 'soc-deputy']);
    expect(ics.atDeadline).toEqual({ guarantee: 'G2', afterMs: 300_000 });
    expect(ics.approve?.count).toBe(1);
  });

  it('fills the owner’s seat from the inventory, and falls back when nobody owns it', () => {
    const restore = (facts: AuthorityFacts): AuthorityResolution =>
      resolveAuthority(northlake, northlakeRoster, facts, 'restore', NOW_MS);
    const owners = [{ role: 'business', names: ['pty_1', 'team-payments'] }] as const;
    const owned = restore({ ...LEAK, identity: { ...LEAK.identity, owners } });
    expect(owned.holders[0]).toEqual({ seat: 'service-owner', person: 'nadia' });
    expect(restore(LEAK).holders[0]).toEqual({ seat: 'service-owner', person: 'piotr' });
  });

  it('goes to break-glass with its quorum when no rung can be filled', () => {
    const always = { fill: 'roster', roster: 'ciso', party: null } as const;
    const empty = { fill: 'roster', roster: 'nobody', party: null } as const;
    const seats = new Map<string, Seat>(
      [...northlake.seats.keys()].map((name) => [name, name === 'coo' ? always : empty]),
    );
    const nobody = { ...northlake, seats };
    const found = contain(nobody, LEAK);
    expect(found.holders).toEqual([{ seat: 'coo', person: 'carla' }]);
    expect(found.quorum).toBe(2);
    expect(found.determining.filter(({ effect }) => effect.startsWith('skips'))).toHaveLength(3);
  });
});
