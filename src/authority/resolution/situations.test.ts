import { describe, expect, it } from 'vitest';
import { northlake, northlakeRoster } from '../arbitrary.testing.ts';
import type { Charter } from '../charter/model.ts';
import type { AuthorityFacts, AuthorityResolution, DecisionKind } from '../model.ts';
import { resolveAuthority } from './resolve.ts';

// Real questions of northlake at named instants: what somebody would be told who asks at that minute.

const NOBODY_KNOWS: AuthorityFacts = {
  identity: { id: 'idn_1', refs: [], kind: 'ci-identity', tags: [], services: [], operator: null },
  environment: null,
  jurisdiction: null,
  severity: null,
  signalTypes: ['anomalous-behaviour'],
  authenticity: 'signed',
  confidence: 'medium',
  sources: 1,
  rehearsedAt: null,
  automaticCuts: [],
  signalSource: 'scanner',
};
const KNOWN: AuthorityFacts = {
  ...NOBODY_KNOWS,
  environment: 'prod',
  jurisdiction: 'DE',
  severity: 'sev2',
};
const PAYMENTS = [{ role: 'business', names: ['team-payments'] }] as const;

interface Change extends Partial<Omit<AuthorityFacts, 'identity'>> {
  readonly identity?: Partial<AuthorityFacts['identity']>;
}

function who(
  at: string,
  decision: DecisionKind,
  { identity, ...change }: Change = {},
  charter: Charter = northlake,
): AuthorityResolution {
  const facts = { ...KNOWN, ...change, identity: { ...KNOWN.identity, ...identity } };
  return resolveAuthority(charter, northlakeRoster, facts, decision, Date.parse(at));
}

function rungs({ ladder }: AuthorityResolution): readonly string[] {
  return (ladder ?? []).map(({ seat, people }) => `${seat}: ${people.join(', ') || 'nobody'}`);
}

function skips({ ladder }: AuthorityResolution): readonly string[] {
  return (ladder ?? []).flatMap(({ seat, skipped }) =>
    skipped.map(({ person, reason }) => `${seat}: ${person ?? '-'} ${reason}`),
  );
}

/** A Wednesday in Berlin, in the middle of the morning. */
const BY_DAY = '2026-12-02T09:02:00Z';
/** Between New York and Sydney, at night in Berlin. */
const AT_NIGHT = '2026-12-02T02:02:00Z';
const ON_SUNDAY = '2026-12-06T03:00:00Z';

describe('northlake is told', () => {
  it('by day: the lead on shift, the platform, the last resort, each with its times', () => {
    const found = who(BY_DAY, 'contain');
    expect(rungs(found)).toEqual(['ir-lead: mia', 'platform-lead: nadia', 'ciso: carla']);
    expect(found.ladder?.[1]).toMatchObject({
      channels: ['push', 'slack', 'voice', 'sms'],
      warmAfterMs: 150_000,
      opensAfterMs: 300_000,
      acknowledgeByMs: 420_000,
      decideByMs: 600_000,
      lastResort: false,
    });
    expect(found).toMatchObject({
      handOff: 'cumulative',
      rejectHoldsMs: 900_000,
      meanwhile: { guarantee: 'G2', afterMs: 300_000 },
      atDeadline: { guarantee: 'G3', afterMs: 900_000 },
      advise: { withinMs: 120_000, silence: 'proceed' },
      recommend: [{ seat: 'soc-deputy', person: 'kim' }],
      quorum: 1,
      breakGlass: false,
    });
    expect(found.explanation?.slice(0, 4)).toEqual([
      'Mia Brandt (ir-lead, Berlin shift until 17:00) decides until 09:07 UTC.',
      'With nothing heard by 09:04 UTC, or no answer by 09:07 UTC, Nadia Haddad (platform-lead, on duty in platform-oncall) decides until 09:12 UTC.',
      'With nothing heard by 09:09 UTC, or no answer by 09:12 UTC, Carla Mendes (ciso, on duty in ciso) decides until 09:17 UTC, as the last resort.',
      'We restrict at 09:07 UTC and isolate at 09:17 UTC if nobody answers.',
    ]);
  });

  it('at night: whoever has the day, on the other side of the world', () => {
    expect(rungs(who(AT_NIGHT, 'contain'))[0]).toBe('ir-lead: priya');
    expect(rungs(who(AT_NIGHT, 'contain'))[1]).toBe('platform-lead: piotr');
  });

  it('at the weekend and on a day off: those who were named for it', () => {
    expect(rungs(who(ON_SUNDAY, 'contain'))[0]).toBe('ir-lead: leon');
    // Mia is away over the holidays; Jonas has the same roster.
    const away = who('2026-12-23T09:00:00Z', 'contain');
    expect(rungs(away)[0]).toBe('ir-lead: jonas');
    expect(skips(away)).toContain('ir-lead: mia absent');
  });

  it('across a transition: the shift is wall time, the deadline is elapsed time', () => {
    // Clocks in Berlin go forward on 2027-03-28; 07:00 there is 06:00Z before and 05:00Z after.
    expect(rungs(who('2027-03-26T05:30:00Z', 'contain'))[0]).toBe('ir-lead: priya');
    expect(rungs(who('2027-03-29T05:30:00Z', 'contain'))[0]).toBe('ir-lead: mia');
    const over = who('2027-03-28T00:58:00Z', 'contain');
    expect(over.ladder?.[1]?.opensAfterMs).toBe(300_000);
  });

  it('where shifts overlap: who came last decides what is new, who was there keeps what is open', () => {
    // New York begins at 15:00Z, Berlin ends at 16:00Z.
    const at = '2026-12-02T15:30:00Z';
    expect(rungs(who(at, 'contain'))[0]).toBe('ir-lead: ruth');
    const openedBefore = { decisionOpenedAtMs: Date.parse('2026-12-02T14:58:00Z') };
    expect(rungs(who(at, 'contain', openedBefore))[0]).toBe('ir-lead: mia');
  });

  it('when the person who would decide is the suspect: the next one, and why', () => {
    const found = who(BY_DAY, 'contain', { suspects: { people: ['mia'], channels: [] } });
    expect(rungs(found)).toEqual(['ir-lead: jonas', 'platform-lead: nadia', 'ciso: nobody']);
    // Carla manages Mia: the grounds of the charter bar her.
    expect(skips(found)).toEqual(['ir-lead: mia suspect', 'ciso: carla conflict-of-interest']);
    expect(found.explanation).toContain('Not asked as ciso: Carla Mendes is the manager of mia.');
    expect(found.atDeadline).toEqual({ guarantee: 'G3', afterMs: 600_000 });
  });

  it('when the owner is the suspect: the owner’s seat falls to its fallback', () => {
    const owned = who(BY_DAY, 'restore', { identity: { owners: PAYMENTS } });
    expect(rungs(owned)).toEqual(['service-owner: nadia', 'platform-lead: tomas', 'coo: otto']);
    const suspect = who(BY_DAY, 'restore', {
      identity: { owners: PAYMENTS },
      suspects: { people: ['nadia'], channels: [] },
    });
    expect(rungs(suspect)[0]).toBe('service-owner: tomas');
    expect(skips(suspect)).toContain('service-owner: nadia suspect');
  });

  it('when the owner would have to cut their own: owning bars every seat but that of the owner', () => {
    const found = who(BY_DAY, 'contain', { identity: { owners: PAYMENTS } });
    expect(rungs(found)[1]).toBe('platform-lead: tomas');
    expect(skips(found)).toContain('platform-lead: nadia conflict-of-interest');
  });

  it('ties that were looked up, while they are fresh', () => {
    const tie = { person: 'mia', ground: 'last-rotated-by', why: 'mia rotated it' } as const;
    const fresh = who(BY_DAY, 'contain', {
      conflicts: [{ ...tie, atMs: Date.parse('2026-11-20T00:00:00Z') }],
    });
    expect(rungs(fresh)[0]).toBe('ir-lead: jonas');
    const old = who(BY_DAY, 'contain', {
      conflicts: [{ ...tie, atMs: Date.parse('2026-10-01T00:00:00Z') }],
    });
    expect(rungs(old)[0]).toBe('ir-lead: mia');
  });

  it('that who contained does not restore, after substitution', () => {
    const acted = [{ person: 'nadia', decision: 'contain', role: 'decide' }] as const;
    const found = who(BY_DAY, 'restore', { acted });
    expect(rungs(found)).toEqual(['service-owner: tomas', 'platform-lead: nobody', 'coo: otto']);
    expect(skips(found)).toContain('service-owner: nadia separation');
  });

  it('that one person on two rungs is one rung', () => {
    const found = who(BY_DAY, 'restore');
    expect(rungs(found)).toEqual(['service-owner: nadia', 'platform-lead: tomas', 'coo: otto']);
    expect(skips(found)).toContain('platform-lead: nadia already-on-ladder');
  });

  it('when channels are down or suspect: who can still answer, and over what', () => {
    const phones = who(BY_DAY, 'contain', { channelsDown: ['okta'] });
    expect(phones.ladder?.[0]?.channels).toEqual(['voice', 'sms']);
    const none = who(BY_DAY, 'contain', {
      channelsDown: ['okta'],
      suspects: { people: [], channels: ['pstn'] },
    });
    expect(none).toMatchObject({ breakGlass: true, quorum: 2, distinct: ['person', 'device'] });
    expect(skips(none)).toContain('ir-lead: mia no-channel');
    expect(none.explanation).toContain(
      'Nobody on the ladder can be asked: break-glass decides, 2 of Mia Brandt (ir-lead), ' +
        'Nadia Haddad (platform-lead), Carla Mendes (ciso) or Otto Reiner (coo) together.',
    );
    // The ladder's own time is granted to break-glass before the default acts.
    expect(none.atDeadline).toEqual({ guarantee: 'G3', afterMs: 900_000 });
  });

  it('when somebody has too many questions already: the next', () => {
    const load = [{ person: 'mia', asked: 12 }];
    expect(skips(who(BY_DAY, 'contain', { load }))).toEqual(['ir-lead: mia over-load']);
  });

  it('for plant control: restrict without asking, and one more person before isolation', () => {
    const found = who(BY_DAY, 'contain', {
      severity: 'sev1',
      identity: { tags: ['plant-control'] },
    });
    expect(found).toMatchObject({
      right: 'contain.ics',
      approve: { count: 1, before: 'G3', distinctFromDecider: false },
      atDeadline: { guarantee: 'G2', afterMs: 300_000 },
      // `overrides` replaces the whole member: what the more general right did meanwhile is gone with it.
      meanwhile: null,
    });
    expect(found.approve?.holders).toEqual([
      { seat: 'service-owner', person: 'nadia' },
      { seat: 'coo', person: 'otto' },
    ]);
  });

  it('for what a provider runs: who carries it out, and what we can do once its contract is over', () => {
    const identity = { operator: 'orbis', services: ['payments'] };
    const found = who(BY_DAY, 'contain', { identity });
    expect(found).toMatchObject({ right: 'contain.msp', ownSideCut: { guarantee: 'G3' } });
    expect(found.execute).toMatchObject([{ by: 'seat', seat: 'orbis-duty', people: ['henrik'] }]);
    const ended = who('2027-04-07T09:02:00Z', 'contain', { identity });
    expect(ended.execute).toMatchObject([
      { people: [], skipped: [{ person: 'henrik', reason: 'party-contract' }] },
    ]);
    expect(ended.explanation).toContain('Nobody of orbis-duty can carry it out: own-side-cut.');
    expect(who(BY_DAY, 'disclose', { identity }).owedBy).toBe('northlake');
  });

  it('for a regulator: each clock, and shares of it as moments', () => {
    const found = who(BY_DAY, 'notify');
    expect(found.clock?.due).toEqual([
      { regulator: 'bsi', jurisdiction: 'DE', elapsedMs: 86_400_000, businessDays: null },
      { regulator: 'dpa-de', jurisdiction: 'DE', elapsedMs: 259_200_000, businessDays: null },
    ]);
    // Half of the shortest, then four fifths of it, not of what is left.
    expect(found.ladder?.map(({ decideByMs }) => decideByMs)).toEqual([43_200_000, 69_120_000]);
    expect(found).toMatchObject({
      atDeadline: null,
      meanwhile: null,
      handOff: 'exclusive',
      silence: { prepare: 'draft', repageMs: 3_600_000, show: 'clock-at-risk' },
    });
    const late = who(BY_DAY, 'notify', { clockStartedAtMs: Date.parse(BY_DAY) - 40_000_000 });
    expect(late.ladder?.[0]?.decideByMs).toBe(3_200_000);
    // Four working days from a Wednesday go over a weekend.
    const us = who(BY_DAY, 'notify', { jurisdiction: 'US' });
    expect(us.clock?.due).toMatchObject([
      { regulator: 'sec', businessDays: 4, elapsedMs: 6 * 86_400_000 },
    ]);
  });

  it('with everything unknown: the highest severity, every jurisdiction, the fallback of the owner', () => {
    const contain = who(BY_DAY, 'contain', NOBODY_KNOWS);
    expect(contain).toMatchObject({ right: 'contain.sev1', meanwhile: { afterMs: 0 } });
    expect(contain.determining.filter(({ rule }) => rule === 'unknown')).toHaveLength(3);
    const notify = who(BY_DAY, 'notify', NOBODY_KNOWS);
    expect(notify.clock?.due.map(({ regulator }) => regulator)).toEqual([
      'bsi',
      'dpa-de',
      'sec',
      'oaic',
    ]);
    expect(rungs(notify)[0]).toBe('privacy-counsel: ada, bill, zoe');
  });

  it('that what cannot be undone never has an acting default', () => {
    for (const decision of ['revoke', 'restore', 'communicate', 'notify', 'disclose'] as const) {
      const { atDeadline, meanwhile, silence } = who(BY_DAY, decision);
      expect([atDeadline, meanwhile]).toEqual([null, null]);
      expect(silence?.repageMs).toBeGreaterThan(0);
    }
  });

  it('that only what is known to be immaterial is published without an approval', () => {
    expect(who(BY_DAY, 'communicate').approve).not.toBeNull();
    expect(who(BY_DAY, 'communicate', { material: false }).approve).toBeNull();
  });

  it('that resetting a fuse takes two people', () => {
    expect(who(BY_DAY, 'reset-fuse')).toMatchObject({ right: 'reset-fuse', quorum: 2 });
  });
});

describe('a mandate of northlake', () => {
  const leak: Change = {
    signalTypes: ['credential-exposed'],
    confidence: 'strong',
    rehearsedAt: '2027-06-25T00:00:00.000Z',
  };
  /** Half a day after ci-token-leak has ended. */
  const after = '2027-06-30T12:00:00Z';
  const before = Date.parse('2027-06-29T22:00:00Z');

  it('that ends in the middle lets the incident finish, and takes no new targets', () => {
    const finish = { incidentOpenedAtMs: before, targetOpenedAtMs: before };
    expect(who(after, 'contain', { ...leak, ...finish }).automaticUpTo).toBe('G4');
    const other = { incidentOpenedAtMs: before, targetOpenedAtMs: Date.parse(after) };
    const refused = who(after, 'contain', { ...leak, ...other });
    expect(refused.automaticUpTo).toBeNull();
    expect(refused.ceilings[0]?.why).toContain('takes no new targets');
    const atTheEnd = { ...finish, targetOpenedAtMs: Date.parse('2027-06-30T00:00:00Z') };
    expect(who(after, 'contain', { ...leak, ...atTheEnd }).automaticUpTo).toBeNull();
    expect(who(after, 'contain', leak).automaticUpTo).toBeNull();
    const tooLate = who('2027-07-01T00:00:00Z', 'contain', { ...leak, ...finish });
    expect(tooLate.automaticUpTo).toBeNull();
  });

  it('names those whose word keeps it from revoking', () => {
    const found = who('2027-06-28T09:00:00Z', 'contain', leak);
    expect(found.then).toEqual({ guarantee: 'G5', windowMs: 900_000 });
    expect(found.benignBy?.map(({ seat }) => seat)).toEqual(['ir-lead', 'service-owner']);
  });

  it('protects whoever is the last administrator of a target, under any name', () => {
    const found = who('2027-06-28T09:00:00Z', 'contain', {
      ...leak,
      identity: { lastAdministrator: true },
    });
    expect(found.automaticUpTo).toBe('G2');
    expect(found.ceilings).toMatchObject([{ by: 'protected', to: 'G2' }]);
  });

  it('stops at a source that says too much, and sets that source aside', () => {
    const atMs = Date.parse('2027-06-28T08:59:00.000Z');
    const automaticCuts = Array.from({ length: 5 }, () => ({ atMs, source: 'scanner' }));
    const found = who('2027-06-28T09:00:00Z', 'contain', { ...leak, automaticCuts });
    expect(found).toMatchObject({ automaticUpTo: null, quarantineSource: 'scanner' });
  });

  it('never leaves what is protected to one person: its path has to agree', () => {
    const admin = { identity: { lastAdministrator: true } };
    expect(who(BY_DAY, 'contain', admin).approve).toEqual({
      count: 2,
      holders: [
        { seat: 'ciso', person: 'carla' },
        { seat: 'coo', person: 'otto' },
      ],
      distinctFromDecider: false,
      before: 'G3',
    });
    expect(who(BY_DAY, 'contain', admin).explanation).toContain(
      'Carla Mendes (ciso) and Otto Reiner (coo) must also agree before anything from isolate on.',
    );
    const own = { identity: { refs: ['k8s:sa:prod/firebreak-runner'] } };
    const glass = who(BY_DAY, 'contain', own);
    expect(glass.approve).toMatchObject({ count: 2, before: 'G1' });
    expect(glass.approve?.holders).toHaveLength(4);
    // Somebody of the path is a suspect: slower, never impossible.
    const suspects = { people: ['otto'], channels: [] };
    const fallback = who(BY_DAY, 'contain', { ...admin, suspects });
    expect(fallback.approve).toMatchObject({ count: 2, before: 'G3' });
    expect(fallback.approve?.holders.map(({ person }) => person)).not.toContain('otto');
    expect(who(BY_DAY, 'restore', admin).approve?.count).toBe(1);
  });
});
