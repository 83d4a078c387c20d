import { createSeededRandom, type Random, randomInteger } from '../../src/kernel/index.ts';

// A large organisation from a seed, as the two files that people would write. JSON is YAML.

export interface Organisation {
  readonly charter: string;
  readonly roster: string;
}

export interface OrganisationSize {
  readonly rights: number;
  readonly people: number;
}

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Sydney',
  'Asia/Singapore',
  'America/Sao_Paulo',
];
const PEOPLE_A_ROSTER = 5;
const CLASSES = 110;
const SEATS = 60;
const DAY_MS = 86_400_000;
export const FROM_MS = Date.parse('2026-12-01T00:00:00Z');

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[randomInteger(random, items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at);
}

/** Two weeks of people by day and by night around one who is always there, in most rosters. */
function rosterOf(random: Random, name: number): object {
  const people = range(PEOPLE_A_ROSTER).map((at) => `p${name * PEOPLE_A_ROSTER + at}`);
  const from = 6 + randomInteger(random, 4);
  const hour = (value: number): string => `${String(value % 24).padStart(2, '0')}:00`;
  const [first, second, third, ...others] = people;
  return {
    zone: pick(random, ZONES),
    shifts: [
      { person: first, days: ['mon', 'wed', 'fri'], from: hour(from), to: hour(from + 11) },
      { person: second, days: ['tue', 'thu', 'sat', 'sun'], from: hour(from), to: hour(from + 11) },
      { person: third, from: hour(from + 10), to: hour(from + 1) },
      ...others.map((person) => ({ person, always: true })),
    ],
  };
}

function absencesOf(random: Random, person: string): readonly object[] {
  return range(2).map((half) => {
    const fromMs = FROM_MS + (half * 182 + randomInteger(random, 160)) * DAY_MS;
    return {
      person,
      from: new Date(fromMs).toISOString(),
      until: new Date(fromMs + 14 * DAY_MS).toISOString(),
    };
  });
}

function seatOf(random: Random, at: number, rosters: readonly string[]): object {
  if (at % 3 !== 0) return { roster: pick(random, rosters) };
  if (at % 12 === 0) {
    const roster = Object.fromEntries(
      ['DE', 'US', 'AU'].map((code) => [code, pick(random, rosters)]),
    );
    return { by: 'jurisdiction', roster, orElse: 's1' };
  }
  return {
    'follow-the-sun': ZONES.slice(0, 3).map((zone) => ({
      zone,
      from: '07:00',
      to: '17:00',
      days: 'mon-fri',
      roster: pick(random, rosters),
    })),
    otherwise: { roster: pick(random, rosters) },
  };
}

const DECISIONS = [
  ['contain'],
  ['revoke'],
  ['restore'],
  ['communicate'],
  ['notify'],
  ['disclose'],
  ['evidence', 'business-continuity', 'resume', 'rearm'],
  ['adopt-charter', 'mark-suspect', 'end-exercise'],
] as const;

function ladder(random: Random, seats: readonly string[]): readonly { readonly seat: string }[] {
  const named = new Set(range(3).map(() => pick(random, seats)));
  return [...named].map((seat, at, all) => ({
    seat,
    acknowledge: 'PT3M',
    decide: 'PT5M',
    ...(at === all.length - 1 ? { lastResort: true } : {}),
  }));
}

/** A general right for each decision, then rights of classes, each naming all before it that it can meet. */
function rightsOf(random: Random, count: number, seats: readonly string[]): readonly object[] {
  const rights: { readonly id: string; readonly [member: string]: unknown }[] = [];
  const known = new Map<number, string[]>();
  const silent = { keep: 'current-stage', repage: 'PT15M' };
  const acting = {
    stage: 'isolate',
    after: 'last-rung',
    meanwhile: { stage: 'restrict', after: 'PT1M' },
  };
  for (const [at, decision] of DECISIONS.entries()) {
    const id = `general-${at}`;
    known.set(at, [id]);
    const atDeadline = at === 0 ? acting : silent;
    rights.push({ id, decision: [...decision], decide: ladder(random, seats), atDeadline });
  }
  for (let number = rights.length; number < count - 1; number += 1) {
    const of = number % 2 === 0 ? 0 : randomInteger(random, DECISIONS.length);
    const overrides = known.get(of) ?? [];
    const id = `right-${number}`;
    const decide = ladder(random, seats);
    const asked = new Set(decide.map(({ seat }) => seat));
    const others = seats.filter((seat) => !asked.has(seat));
    const from = [pick(random, others), pick(random, others)];
    rights.push({
      id,
      overrides: [...overrides],
      when: { class: `c${overrides.length % CLASSES}` },
      decide,
      ...(number % 3 === 0 ? { approve: { count: 1, from, distinctFrom: ['decide'] } } : {}),
    });
    overrides.push(id);
  }
  return rights;
}

export function organisationFrom(seed: number, size: OrganisationSize): Organisation {
  const random = createSeededRandom(seed);
  const rosterNames = range(size.people / PEOPLE_A_ROSTER).map((at) => `r${at}`);
  const people = range(size.people).map((at) => `p${at}`);
  const seats = range(SEATS).map((at) => `s${at}`);
  const roster = {
    roster: 'large',
    format: 1,
    revision: 1,
    people: Object.fromEntries(
      people.map((id, at) => [
        id,
        { name: `Person ${at}`, employer: 'large', ...(at < 25 ? {} : { manager: `p${at % 25}` }) },
      ]),
    ),
    rosters: Object.fromEntries(rosterNames.map((name, at) => [name, rosterOf(random, at)])),
    absences: people.flatMap((person) => absencesOf(random, person)),
  };
  const regulators = { DE: ['bsi'], US: ['sec'], AU: ['oaic'] };
  const charter = {
    charter: 'large',
    roster: './roster.yaml',
    format: 1,
    revision: 1,
    effective: new Date(FROM_MS).toISOString(),
    unknown: {
      severity: 'highest',
      environment: 'prod',
      jurisdiction: 'every',
      owner: 'no-owner-right',
    },
    parties: { large: { kind: 'self' } },
    jurisdictions: Object.fromEntries(
      Object.entries(regulators).map(([code, list], at) => [
        code,
        { zone: ZONES[at], regulators: list },
      ]),
    ),
    seats: Object.fromEntries(seats.map((name, at) => [name, seatOf(random, at, rosterNames)])),
    classes: Object.fromEntries(
      range(CLASSES).map((at) => [`c${at}`, { match: { tag: `t${at}` } }]),
    ),
    rights: rightsOf(random, size.rights, seats),
    separation: [{ 'never-same-person': ['contain.decide', 'restore.decide'] }],
    'conflict-of-interest': { lookback: 'P30D', grounds: ['owner', 'manager-of'] },
    fuses: {
      'automatic-cuts': { limit: 25, per: 'PT1H', scope: 'organisation', blown: 'ask' },
      'same-source': { limit: 5, per: 'PT10M', scope: 'signal-source', blown: 'quarantine-source' },
    },
    'reset-fuse': {
      decide: [
        { seat: 's1', decide: 'PT10M' },
        { seat: 's2', decide: 'PT10M', lastResort: true },
      ],
      quorum: 2,
    },
    'break-glass': { quorum: 2, from: ['s1', 's2', 's4', 's5'], distinct: ['person'], ttl: 'PT1H' },
    channels: {
      push: { 'latency-p99': 'PT15S', depends: ['okta'] },
      voice: { 'latency-p99': 'PT75S', depends: ['pstn'] },
    },
  };
  return { charter: JSON.stringify(charter), roster: JSON.stringify(roster) };
}
