// Random charters, rosters, facts and instants from one seed, around the days on which clocks change. Tests and bench only.
import {
  AUTHENTICITIES,
  CONFIDENCES,
  createSeededRandom,
  GUARANTEES,
  type Guarantee,
  randomInteger,
  SIGNAL_TYPES,
} from '../../kernel/index.ts';
import { northlake } from '../arbitrary.testing.ts';
import type {
  Charter,
  IdentityClass,
  Mandate,
  Right,
  Rung,
  Seat,
  Situation,
} from '../charter/model.ts';
import { type AuthorityFacts, DECISION_KINDS, type DecisionKind, SEVERITIES } from '../model.ts';
import type { Roster, Shift } from '../roster/model.ts';
import type { World } from './spec.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Instants at which clocks change somewhere below, and two at which they do not. */
const CHANGES = [
  '2027-03-28T01:00:00Z',
  '2027-10-31T01:00:00Z',
  '2027-03-14T07:00:00Z',
  '2027-11-07T06:00:00Z',
  '2027-10-02T16:00:00Z',
  '2027-04-03T16:00:00Z',
  '2027-10-02T15:30:00Z',
  '2026-12-24T12:00:00Z',
  '2027-06-16T00:00:00Z',
] as const;
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Sydney',
  'Australia/Lord_Howe',
] as const;
const PEOPLE = ['ann', 'ben', 'cleo', 'dan', 'eve', 'finn'] as const;
const SEATS = ['lead', 'deputy', 'owner', 'counsel', 'chief', 'party'] as const;
const LISTS = ['one', 'two', 'three', 'four', 'nobody'] as const;
const CHANNELS = ['push', 'voice', 'mail'] as const;
const CLASSES = ['a', 'b'] as const;
const PLACES = ['DE', 'US'] as const;

class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = createSeededRandom(seed);
  }

  below(count: number): number {
    return randomInteger(this.#random, count);
  }

  /** One of `out`. */
  once(out: number): boolean {
    return this.below(out) === 0;
  }

  pick<Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  some<Item>(items: readonly Item[], oneOutOf = 2): readonly Item[] {
    return items.filter(() => this.once(oneOutOf));
  }

  shuffled<Item>(items: readonly Item[]): readonly Item[] {
    const ranked = items.map((item) => ({ item, rank: this.#random() }));
    return ranked.toSorted((left, right) => left.rank - right.rank).map(({ item }) => item);
  }

  /** Mostly nothing. */
  maybe<Item>(make: () => Item, oneOutOf = 4): Item | null {
    return this.once(oneOutOf) ? make() : null;
  }

  times<Item>(most: number, make: () => Item): readonly Item[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

function wall(dice: Dice): string {
  const half = dice.once(2) ? dice.below(8) : dice.below(48);
  return `${String(half >> 1).padStart(2, '0')}:${half % 2 === 0 ? '00' : '30'}`;
}

const WEEK = [1, 2, 3, 4, 5, 6, 7];

function hours(dice: Dice): { zone: string; days: readonly number[]; from: string; to: string } {
  const from = wall(dice);
  const other = wall(dice);
  const to = other === from ? '23:59' : other;
  return { zone: dice.pick(ZONES), days: dice.once(3) ? dice.some(WEEK) : WEEK, from, to };
}

function shift(dice: Dice, aroundMs: number): Shift {
  const person = dice.pick(PEOPLE);
  if (dice.once(3)) return { kind: 'always', person };
  if (dice.once(4)) {
    const fromMs = aroundMs + (dice.below(12) - 6) * HOUR_MS;
    return { kind: 'exact', person, fromMs, untilMs: fromMs + dice.below(8) * HOUR_MS };
  }
  return { kind: 'weekly', person, ...hours(dice), exceptHolidays: null };
}

function span(dice: Dice, aroundMs: number): { fromMs: number; untilMs: number } {
  const fromMs = aroundMs + (dice.below(12) - 8) * HOUR_MS;
  return { fromMs, untilMs: fromMs + (1 + dice.below(10)) * HOUR_MS };
}

function randomRoster(dice: Dice, aroundMs: number): Roster {
  const people = PEOPLE.map((id) => ({
    id,
    name: id.toUpperCase(),
    employer: dice.maybe(() => 'msp'),
    manager: dice.maybe(() => dice.pick(PEOPLE), 2),
    refs: dice.once(3) ? [`ref-${id}`] : [],
    reach: dice.some(CHANNELS, 3).map((channel) => ({ channel, device: null })),
  }));
  return {
    id: 'random',
    revision: 1,
    digest: 'sha256:roster',
    people: new Map(people.map((person) => [person.id, person])),
    rosters: new Map(
      LISTS.map((name) => [
        name,
        name === 'nobody' ? [] : dice.times(3, () => shift(dice, aroundMs)),
      ]),
    ),
    absences: dice.times(2, () => ({ person: dice.pick(PEOPLE), ...span(dice, aroundMs) })),
    teams: new Map([
      ['crew', { name: 'Crew', members: dice.some(PEOPLE, 3), refs: ['team-crew'] }],
    ]),
    overrides: dice.times(2, () => ({
      roster: dice.pick(LISTS),
      person: dice.pick(PEOPLE),
      replaces: dice.maybe(() => dice.pick(PEOPLE), 2),
      ...span(dice, aroundMs),
    })),
    holidays: new Map(),
  };
}

function seat(dice: Dice, at: number): Seat {
  // Only to earlier seats, so that nothing goes in a circle.
  const orElse = at === 0 ? null : dice.maybe(() => dice.pick(SEATS.slice(0, at)), 2);
  switch (dice.below(4)) {
    case 0:
      return {
        fill: 'sun',
        legs: [0, 1, 2].map(() => ({ ...hours(dice), roster: dice.pick(LISTS) })),
        otherwise: dice.maybe(() => dice.pick(LISTS), 2),
      };
    case 1:
      return { fill: 'owner', role: dice.pick(['business', 'technical']), orElse };
    case 2:
      return {
        fill: 'jurisdiction',
        rosters: new Map(dice.some(PLACES).map((code) => [code, dice.pick(LISTS)])),
        orElse,
      };
    default:
      return { fill: 'roster', roster: dice.pick(LISTS), party: null };
  }
}

function situation(dice: Dice): Situation {
  const none = (items: readonly string[]): readonly string[] =>
    items.length === 0 ? ['a'] : items;
  return {
    ...(dice.once(4) ? { class: none(dice.some(CLASSES)) } : {}),
    ...(dice.once(4) ? { severity: [dice.pick(SEVERITIES), dice.pick(SEVERITIES)] } : {}),
    ...(dice.once(6) ? { environment: [dice.pick(['prod', 'dev'])] } : {}),
    ...(dice.once(6) ? { jurisdiction: [dice.pick(PLACES)] } : {}),
  };
}

function rung(dice: Dice): Rung {
  const share = dice.once(6);
  return {
    seat: dice.pick(SEATS),
    decideMs: share ? null : (1 + dice.below(10)) * MINUTE_MS,
    decideShare: share ? (1 + dice.below(9)) / 10 : null,
    acknowledgeMs: dice.maybe(() => MINUTE_MS),
    warmMs: dice.maybe(() => MINUTE_MS),
    lastResort: false,
  };
}

/** Each overrides all before it, as the loader wants of rights that overlap. */
function rights(dice: Dice): readonly Right[] {
  const decisions: readonly DecisionKind[] = ['contain', 'restore', 'communicate'];
  const members = (): Partial<Right> => ({
    ...(dice.once(2) ? { decide: [0, 1, 2].map(() => rung(dice)) } : {}),
    ...(dice.once(3) ? { withoutApproval: dice.pick(GUARANTEES.slice(0, 4)) } : {}),
    ...(dice.once(3)
      ? {
          atDeadline: {
            guarantee: dice.pick(GUARANTEES.slice(0, 4)),
            after: dice.once(2) ? ('last-rung' as const) : 5 * MINUTE_MS,
            meanwhile: null,
            keep: null,
            repageMs: null,
            prepare: null,
            show: null,
            follow: null,
          },
        }
      : {}),
  });
  const written = [0, 1, 2, 3].map((at) => ({
    id: `right-${at}`,
    decisions,
    overrides: [0, 1, 2, 3].filter((earlier) => earlier < at).map((earlier) => `right-${earlier}`),
    when: at === 0 ? {} : situation(dice),
    ...(at === 0 ? { decide: [0, 1, 2].map(() => rung(dice)) } : {}),
    ...members(),
  }));
  // The order in the file means nothing.
  return dice.shuffled(written);
}

function mandate(dice: Dice, aroundMs: number, id: string): Mandate {
  const stage = (): Guarantee => dice.pick(GUARANTEES.slice(0, 4));
  return {
    id,
    mode: dice.pick(['act', 'act', 'act', 'ask', 'shadow']),
    when: {
      ...situation(dice),
      ...(dice.once(4) ? { signal: dice.some(SIGNAL_TYPES) } : {}),
      authenticity: dice.pick(AUTHENTICITIES),
      confidence: dice.pick(CONFIDENCES),
      sources: dice.once(3) ? 2 : 1,
    },
    upTo: stage(),
    widen: dice.maybe(() => ({ to: stage(), sources: 1 + dice.below(3) })),
    thenRevokeWindowMs: dice.maybe(() => MINUTE_MS, 2),
    unlessBenignBy: [],
    beforeIsolationMs: null,
    untilMs: dice.once(2) ? aroundMs + 100 * HOUR_MS : aroundMs + (dice.below(5) - 3) * HOUR_MS,
    rehearsed: dice.maybe(() => ({ withinMs: HOUR_MS, downTo: stage() })),
    openIncident: { graceMs: dice.below(4) * HOUR_MS, newTargets: dice.once(2) },
  };
}

function randomCharter(dice: Dice, aroundMs: number): Charter {
  const contract = { untilMs: aroundMs, mayExecute: null, mayDecide: null };
  return {
    ...northlake,
    effectiveMs: aroundMs - (dice.once(8) ? 0 : 100 * HOUR_MS),
    unknown: { severity: 'sev1', environment: 'prod', jurisdiction: dice.maybe(() => 'DE', 2) },
    parties: new Map([['msp', { kind: 'msp', contract: dice.maybe(() => contract, 2) }]]),
    seats: new Map(SEATS.map((name, at) => [name, seat(dice, at)])),
    classes: CLASSES.map((name) => ({
      name,
      profile: dice.pick(['staged', 'staged', 'staged', 'hard-stop', 'restrict-only']),
      match: dice.pick<IdentityClass['match']>([
        { tag: ['x'] },
        { kind: ['ci-identity'] },
        { service: ['payments'], kind: ['bot-user'] },
      ]),
    })),
    rights: rights(dice),
    mandates: dice.times(4, () => mandate(dice, aroundMs, `mandate-${dice.below(1_000)}`)),
    protections: dice.times(1, () => ({
      identity: dice.maybe(() => 'idn_1', 3),
      class: dice.maybe(() => 'a'),
      max: dice.maybe(() => dice.pick(GUARANTEES), 2),
      rule: dice.maybe(() => 'last-administrator'),
      path: ['chief'],
    })),
    fuses: {
      automaticCuts: dice.maybe(() => ({ limit: 1 + dice.below(4), perMs: HOUR_MS })),
      sameSource: dice.maybe(() => ({ limit: 1 + dice.below(4), perMs: HOUR_MS })),
      servicesDown: null,
      evidenceMs: null,
      decisionsAPerson: dice.maybe(() => ({ limit: 3, perMs: HOUR_MS }), 2),
    },
    separation: [
      {
        rule: 'never-same-person',
        acts: [
          { decision: 'contain', role: 'decide' },
          { decision: 'restore', role: 'decide' },
        ],
      },
    ],
    conflictOfInterest: dice.maybe(
      () => ({
        lookBackMs: HOUR_MS,
        grounds: dice.some(['owner', 'last-rotated-by', 'manager-of'] as const),
      }),
      2,
    ),
    channels: dice.once(4)
      ? new Map()
      : new Map(CHANNELS.map((name) => [name, { latencyMs: 1, depends: [`${name}-net`] }])),
    threshold: { floor: 0.01, ceiling: 0.95 },
  };
}

function randomStakes(dice: Dice): NonNullable<AuthorityFacts['stakes']> {
  return {
    damagePerMinute: dice.below(100),
    minutesToAnswer: dice.maybe(() => dice.below(60), 2),
    stages: dice.some(GUARANTEES).map((guarantee) => ({
      guarantee,
      removes: dice.below(11) / 10,
      disruptionPerMinute: dice.maybe(() => dice.below(50), 2),
      minutesToRestoreRehearsed: dice.maybe(() => dice.below(60), 2),
      minutesToRestoreDeclared: dice.below(20),
    })),
    classMaximumPerMinute: 50 + dice.below(100),
    consumers: { known: 3, inferred: 1, unknown: 0 },
    mapAgeMs: null,
  };
}

function randomFacts(dice: Dice, nowMs: number): AuthorityFacts {
  const names = ['ann', 'BEN', 'ref-cleo', 'team-crew', 'stranger'] as const;
  const at = (earliest: number): number => nowMs - dice.below(earliest) * HOUR_MS;
  return {
    identity: {
      id: dice.pick(['idn_1', 'idn_2']),
      refs: [],
      kind: dice.pick(['ci-identity', 'bot-user']),
      tags: dice.some(['x', 'y']),
      services: dice.some(['payments', 'search'], 3),
      ...(dice.once(6) ? { services: [], servicesUnknown: true } : {}),
      operator: null,
      lastAdministrator: dice.maybe(() => true),
      owners: dice.times(2, () => ({
        role: dice.pick(['business', 'technical']),
        names: [dice.pick(names)],
      })),
    },
    environment: dice.maybe(() => dice.pick(['prod', 'dev']), 2),
    jurisdiction: dice.maybe(() => dice.pick(PLACES), 2),
    severity: dice.maybe(() => dice.pick(SEVERITIES), 2),
    signalTypes: [dice.pick(SIGNAL_TYPES)],
    authenticity: dice.once(3) ? dice.pick(AUTHENTICITIES) : 'signed',
    confidence: dice.pick(CONFIDENCES),
    sources: 1 + dice.below(3),
    rehearsedAt: dice.maybe(() => new Date(at(3)).toISOString(), 2),
    automaticCuts: dice.times(3, () => ({
      atMs: at(3),
      source: dice.pick(['s1', 's2']),
    })),
    signalSource: dice.pick(['s1', 's2']),
    suspects: {
      people: dice.once(3) ? [dice.pick(PEOPLE)] : [],
      channels: dice.once(6) ? [dice.pick(CHANNELS)] : [],
    },
    conflicts: dice.times(1, () => ({
      person: dice.pick(PEOPLE),
      ground: 'last-rotated-by',
      atMs: dice.maybe(() => at(3), 2),
      why: 'rotated it',
    })),
    acted: dice.times(1, () => ({
      person: dice.pick(PEOPLE),
      decision: dice.pick(['contain', 'restore']),
      role: 'decide',
    })),
    load: dice.times(1, () => ({ person: dice.pick(PEOPLE), asked: dice.below(6) })),
    channelsDown: dice.some(['push', 'voice-net'], 4),
    incidentOpenedAtMs: dice.maybe(() => at(6), 2),
    targetOpenedAtMs: dice.maybe(() => at(6), 2),
    clockMs: dice.maybe(() => HOUR_MS, 2),
    decisionOpenedAtMs: dice.maybe(() => at(4), 2),
    ...(dice.once(2) ? { stakes: randomStakes(dice) } : {}),
  };
}

const DECISIONS: readonly DecisionKind[] = ['contain', 'restore', 'communicate', DECISION_KINDS[1]];
/** Cases of one charter: everything that is worked out once for it has to stay right for each of them. */
export const CASES_EACH = 10;

/** The cases of one seed share a charter and a roster. */
export function randomCases(seed: number): readonly World[] {
  const dice = new Dice(seed);
  const aroundMs = Date.parse(dice.pick(CHANGES));
  const charter = randomCharter(dice, aroundMs);
  const roster = randomRoster(dice, aroundMs);
  // Full hours, where things begin and end, and minutes in between.
  const instants = [0, 1, 2].map(
    () => aroundMs + (dice.once(2) ? dice.below(7) * 60 - 180 : dice.below(360) - 180) * MINUTE_MS,
  );
  return Array.from({ length: CASES_EACH }, () => {
    const nowMs = dice.pick(instants);
    return {
      charter,
      roster,
      nowMs,
      facts: randomFacts(dice, nowMs),
      decision: dice.pick(DECISIONS),
    };
  });
}
