import { describe, expect, it } from 'vitest';
import { northlake, northlakeRoster, NOW_MS } from '../arbitrary.testing.ts';
import type { ReadyIdentity, ReadyTarget } from './model.ts';
import { createReadiness, type ReadinessParts } from './readiness.ts';

const CUTS: ReadyTarget = {
  guarantees: [
    { guarantee: 'G2', reversible: true },
    { guarantee: 'G3', reversible: true },
  ],
  rehearsedAtMs: NOW_MS - 86_400_000,
};

function identity(number: number, more: Partial<ReadyIdentity> = {}): ReadyIdentity {
  return {
    id: `idn_${number}`,
    kind: 'ci-identity',
    refs: [`git:app:${number}`],
    tags: [],
    operator: null,
    environment: 'prod',
    jurisdiction: 'DE',
    target: 'git',
    services: [],
    owners: [{ role: 'business', names: ['team-payments'] }],
    ...more,
  };
}

function judge(identities: readonly ReadyIdentity[], more: Partial<ReadinessParts> = {}) {
  const parts = {
    charter: northlake,
    roster: northlakeRoster,
    nowMs: NOW_MS,
    targets: new Map([['git', CUTS]]),
    ...more,
  };
  const readiness = createReadiness(parts);
  for (const one of identities) readiness.add(one);
  return readiness.conclude();
}

describe('readiness', () => {
  it('judges identities that nothing tells apart once, however many they are', () => {
    const many = Array.from({ length: 5_000 }, (_, at) => identity(at));
    const { identities, ready, groups } = judge([...many, identity(9_999, { kind: 'ai-agent' })]);
    expect([identities, ready, groups.length]).toEqual([5_001, 5_001, 2]);
    expect(groups[0]?.count).toBe(5_000);
    expect(groups[0]?.identities).toHaveLength(100);
  });

  it('says who decides now and at the worst minute of the year', () => {
    const [group] = judge([identity(1)]).groups;
    expect(group?.right).toBe('contain.sev1');
    expect(group?.now.holders.map(({ seat }) => seat)).toEqual(['ir-lead', 'soc-deputy']);
    expect(group?.worst.people).toBeGreaterThan(1);
    expect(group?.worst.holders.length).toBeGreaterThan(0);
    expect(Date.parse(group?.worst.at ?? '')).toBeGreaterThanOrEqual(NOW_MS);
  });

  it('shows how long giving back takes, as measured beside as declared', () => {
    const git: ReadyTarget = {
      ...CUTS,
      guarantees: [
        { guarantee: 'G2', reversible: true, restoreMs: 60_000 },
        { guarantee: 'G3', reversible: true },
        { guarantee: 'G4', reversible: true },
        { guarantee: 'G5', reversible: false, restoreMs: 1 },
      ],
      restoreTimes: new Map([
        ['G2', 90_000],
        ['G4', 30_000],
      ]),
    };
    const [group] = judge([identity(1)], { targets: new Map([['git', git]]) }).groups;
    expect(group?.restores).toEqual([
      { guarantee: 'G2', measuredMinutes: 1.5, declaredMinutes: 1 },
      { guarantee: 'G4', measuredMinutes: 0.5, declaredMinutes: null },
    ]);
  });

  it('gives the reason and the remedy of each that is not ready', () => {
    const old = { ...CUTS, rehearsedAtMs: NOW_MS - 90 * 86_400_000 };
    const lasting = { ...CUTS, guarantees: [{ guarantee: 'G3' as const, reversible: false }] };
    const weak = { ...CUTS, guarantees: [{ guarantee: 'G1' as const, reversible: true }] };
    const targets = new Map([
      ['git', CUTS],
      ['old', old],
      ['lasting', lasting],
      ['weak', weak],
    ]);
    const list = ['git', 'old', 'lasting', 'weak', 'other'].map((target, at) =>
      identity(at, { target }),
    );
    const { ready, byReason, groups } = judge(list, { targets });
    expect(ready).toBe(1);
    expect(byReason).toEqual({
      'no-connector': 1,
      'no-stage': 1,
      'not-reversible': 1,
      'not-rehearsed': 1,
    });
    expect(groups.map(({ isReady }) => isReady)).toEqual([false, false, false, false, true]);
    for (const { reasons } of groups) for (const { remedy } of reasons) expect(remedy).not.toBe('');
  });

  it('lists those without an owner and lets the fallback of the charter decide', () => {
    const { ready, ownerless, groups } = judge([identity(1, { owners: [] })]);
    expect([ready, ownerless]).toEqual([1, 1]);
    expect(groups[0]?.reasons.map(({ reason }) => reason)).toEqual(['ownerless']);
    expect(groups[0]?.now.holders.length).toBeGreaterThan(0);
  });

  it('counts a minute that only break-glass would answer as not ready', () => {
    const absences = [...northlakeRoster.people.keys()]
      .filter((person) => person !== 'otto' && person !== 'nadia')
      .map((person) => ({ person, fromMs: NOW_MS + 3_600_000, untilMs: NOW_MS + 7_200_000 }));
    const { ready, byReason, groups } = judge([identity(1)], {
      roster: { ...northlakeRoster, absences },
    });
    expect([ready, byReason['nobody-at-worst']]).toEqual([0, 1]);
    expect(groups[0]?.worst).toMatchObject({
      people: 0,
      at: new Date(NOW_MS + 3_600_000).toISOString(),
    });
  });
});
