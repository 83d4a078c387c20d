import { createSeededRandom, randomInteger, SIGNAL_TYPES } from '../../src/kernel/index.ts';
import {
  type AuthorityFacts,
  type Charter,
  DECISION_KINDS,
  type DecisionKind,
  loadCharter,
  loadRoster,
  type Roster,
  SEVERITIES,
} from '../../src/authority/index.ts';

// A large organisation from one seed: 200 rights, 40 seats that follow the sun, 500 people on shifts.

const CLASSES = 18;
const SEATS = 40;
const PEOPLE = 500;
/** The first ten kinds have a right for each class, the others a few: 200 in all. */
const rightsOf = (kind: number): number => (kind < 10 ? CLASSES + 1 : kind < 12 ? 3 : 2);
const LEGS = [
  ['Europe/Berlin', '07:00', '17:00'],
  ['America/New_York', '09:00', '19:00'],
  ['Australia/Sydney', '07:00', '19:00'],
] as const;
const WEEK = 'days: every';

function rungs(first: number): string {
  const seats = [0, 1, 2].map((step) => (first + step * 7) % SEATS);
  return seats
    .map((seat) => `{ seat: seat-${seat}, acknowledge: PT2M, decide: PT5M, warm: PT2M }`)
    .join(', ');
}

function deadline(decision: DecisionKind): string {
  return decision === 'contain'
    ? '{ stage: isolate, after: last-rung, meanwhile: { stage: restrict, after: PT5M } }'
    : '{ keep: current-stage, repage: PT15M }';
}

function rightText(decision: DecisionKind, at: number): string {
  const general = `${decision}.default`;
  if (at === 0) {
    const advise = '{ seats: [seat-1], within: PT2M, silence: proceed }';
    return `  - id: ${general}
    decision: ${decision}
    advise: ${advise}
    decide: [ ${rungs(decision.length)} ]
    atDeadline: ${deadline(decision)}`;
  }
  return `  - id: ${decision}.${at}
    overrides: [${general}]
    when: { class: class-${at - 1} }
    approve: { count: 1, from: [seat-${at}, seat-${at + 20}], distinctFrom: [decide] }
    decide: [ ${rungs(at)} ]`;
}

function seatText(at: number): string {
  const legs = LEGS.map(
    ([zone, from, to], leg) =>
      `      - { zone: ${zone}, from: "${from}", to: "${to}", ${WEEK}, roster: list-${at}-${leg} }`,
  );
  return `  seat-${at}:\n    follow-the-sun:\n${legs.join('\n')}\n    otherwise: { roster: list-${at}-0 }`;
}

function charterText(): string {
  const numbers = (count: number): readonly number[] =>
    Array.from({ length: count }, (_, at) => at);
  const rights = DECISION_KINDS.flatMap((decision, kind) =>
    numbers(rightsOf(kind)).map((at) => rightText(decision, at)),
  );
  return `charter: large
format: 1
revision: 1
effective: 2026-01-01T00:00:00Z
signed: { requires: { of: [seat-0], count: 1, distinct: [person] } }
roster: ./roster.yaml
unknown: { severity: highest, environment: prod, jurisdiction: every, owner: no-owner-right }
jurisdictions:
  DE: { zone: Europe/Berlin, regulators: [bsi] }
seats:
${numbers(SEATS).map(seatText).join('\n')}
classes:
${numbers(CLASSES)
  .map((at) => `  class-${at}: { match: { operator: operator-${at} } }`)
  .join('\n')}
rights:
${rights.join('\n')}
separation:
  - { never-same-person: [contain.decide, restore.decide] }
conflict-of-interest: { lookback: P30D, grounds: [owner, manager-of] }
mandates:
  - id: leak
    mode: act
    when: { signal: [credential-exposed], authenticity: signed, confidence: ">= strong", sources: 1 }
    upTo: suspend
    until: 2028-01-01T00:00:00Z
fuses:
  automatic-cuts: { limit: 25, per: PT1H, scope: organisation, blown: ask }
  same-source: { limit: 5, per: PT10M, scope: signal-source, blown: quarantine-source }
  decisions-a-person: { limit: 12, per: PT10M, blown: batch-then-next-rung }
break-glass: { quorum: 2, from: [seat-0, seat-1], distinct: [person], ttl: PT1H }
channels:
  push: { latency-p99: PT15S, depends: [internet] }
  voice: { latency-p99: PT75S, depends: [pstn] }
`;
}

function rosterText(): string {
  const people = Array.from(
    { length: PEOPLE },
    // Each has up to seven reports; the first has no manager.
    (_, at) =>
      `  p${at}: { name: Person ${at}${at === 0 ? '' : `, manager: p${Math.floor((at - 1) / 7)}`} }`,
  );
  const lists = Array.from({ length: SEATS * LEGS.length }, (_, at) => {
    const zone = LEGS[at % LEGS.length]?.[0] ?? 'UTC';
    const shifts = [0, 1, 2, 3, 4].map((step) => {
      const person = `p${(at * 5 + step * 3) % PEOPLE}`;
      const days =
        ['[mon, tue, wed]', '[thu, fri]', 'every', 'sat-sun', 'mon-fri'][step] ?? 'every';
      return `      - { person: ${person}, days: ${days}, from: "06:30", to: "19:30" }`;
    });
    const name = `list-${Math.floor(at / LEGS.length)}-${at % LEGS.length}`;
    return `  ${name}:\n    zone: ${zone}\n    shifts:\n${shifts.join('\n')}`;
  });
  const absences = Array.from({ length: 200 }, (_, at) => {
    const from = new Date(Date.UTC(2027, 0, 1 + at)).toISOString();
    const until = new Date(Date.UTC(2027, 0, 11 + at)).toISOString();
    return `  - { person: p${(at * 13) % PEOPLE}, from: ${from}, until: ${until} }`;
  });
  return `roster: large
format: 1
revision: 1
people:
${people.join('\n')}
rosters:
${lists.join('\n')}
absences:
${absences.join('\n')}
`;
}

export interface Question {
  readonly facts: AuthorityFacts;
  readonly decision: DecisionKind;
  readonly nowMs: number;
}

export interface Organisation {
  readonly charter: Charter;
  readonly roster: Roster;
  /** Every kind of decision, class and severity, at instants of a whole year. */
  readonly questions: readonly Question[];
}

const YEAR_MS = 365 * 86_400_000;

export function largeOrganisation(seed: number, count: number): Organisation {
  const random = createSeededRandom(seed);
  const below = (most: number): number => randomInteger(random, most);
  const pick = <Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item => {
    const item = items[below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const charter = loadCharter(charterText());
  const roster = loadRoster(rosterText());
  const startMs = Date.parse('2027-01-01T00:00:00Z');
  const questions = Array.from({ length: count }, (): Question => {
    const operator = `operator-${below(CLASSES + 2)}`;
    const owner = { role: 'business', names: [`p${below(PEOPLE)}`] } as const;
    return {
      decision: pick(DECISION_KINDS),
      nowMs: startMs + below(YEAR_MS),
      facts: {
        identity: {
          id: `idn_${below(1_000)}`,
          refs: [],
          kind: 'ci-identity',
          tags: [],
          services: [],
          operator,
          owners: [owner],
        },
        environment: 'prod',
        jurisdiction: 'DE',
        severity: pick(SEVERITIES),
        signalTypes: [pick(SIGNAL_TYPES)],
        authenticity: 'signed',
        confidence: 'strong',
        sources: 1,
        rehearsedAt: null,
        automaticCuts: [],
        signalSource: 'scanner',
        suspects: { people: below(4) === 0 ? [`p${below(PEOPLE)}`] : [], channels: [] },
      },
    };
  });
  return { charter, roster, questions };
}
