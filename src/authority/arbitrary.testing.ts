// Random charters and facts for property tests; never imported by the product.
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { AUTHENTICITIES, CONFIDENCES, GUARANTEES, SIGNAL_TYPES } from '../kernel/index.ts';
import { loadCharter } from './charter/charter.ts';
import type { Charter, IdentityClass, Mandate, Protection, Situation } from './charter/model.ts';
import { type AuthorityFacts, SEVERITIES } from './model.ts';
import { loadRoster } from './roster/roster.ts';

const EXAMPLE = new URL('../../examples/northlake/', import.meta.url);
export const northlakeText = readFileSync(new URL('charter.yaml', EXAMPLE), 'utf8');
export const northlakeRosterText = readFileSync(new URL('roster.yaml', EXAMPLE), 'utf8');
export const northlake = loadCharter(northlakeText);
export const northlakeRoster = loadRoster(northlakeRosterText);

/** Inside the time in which northlake's charter and mandates hold. */
export const NOW_MS = Date.parse('2026-12-02T03:00:00Z');
const HOUR_MS = 3_600_000;

const CLASSES = ['a', 'b', 'c'];
const ENVIRONMENTS = ['prod', 'dev'];
const JURISDICTIONS = ['DE', 'US'];
const TAGS = ['x', 'y'];
const SERVICES = ['payments', 'search'];
/** Most of the time nothing, so that enough random cases act: properties over cases that never act show little. */
const rarely = <Item>(item: fc.Arbitrary<Item>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: item });
const mostly = <Item>(usual: Item, others: fc.Arbitrary<Item>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others });
const some = <Item>(items: readonly Item[]) => fc.subarray([...items], { minLength: 1 });

const situation = fc.record(
  {
    class: some(CLASSES),
    severity: some(SEVERITIES),
    environment: some(ENVIRONMENTS),
    jurisdiction: some(JURISDICTIONS),
  },
  { requiredKeys: [] },
) satisfies fc.Arbitrary<Situation>;

const classOf = (name: string): fc.Arbitrary<IdentityClass> =>
  fc.record({
    name: fc.constant(name),
    profile: mostly('staged', fc.constantFrom('staged', 'hard-stop', 'restrict-only')),
    match: fc.record(
      {
        kind: some(['ci-identity', 'ai-agent']),
        tag: some(TAGS),
        service: some(SERVICES),
        operator: some(['orbis']),
      },
      { requiredKeys: [] },
    ),
  });

const reversible = fc.constantFrom(...GUARANTEES.slice(0, 4));

const when = fc
  .tuple(
    rarely(situation),
    rarely(fc.record({ signal: some(SIGNAL_TYPES) })),
    fc.record({
      authenticity: fc.constantFrom(...AUTHENTICITIES),
      confidence: fc.constantFrom(...CONFIDENCES),
      sources: mostly(1, fc.integer({ min: 1, max: 3 })),
    }),
  )
  .map(([one, other, more]) => ({ ...one, ...other, ...more }));

export const arbitraryMandate: fc.Arbitrary<Mandate> = fc.record({
  id: fc.constantFrom('m1', 'm2', 'm3', 'm4'),
  mode: fc.constantFrom('act', 'act', 'ask', 'shadow'),
  when,
  upTo: reversible,
  widen: fc.option(fc.record({ to: reversible, sources: fc.integer({ min: 1, max: 3 }) })),
  thenRevokeWindowMs: fc.option(fc.constant(60_000)),
  unlessBenignBy: fc.constant([]),
  beforeIsolationMs: fc.constant(null),
  untilMs: mostly(NOW_MS + HOUR_MS, fc.constantFrom(NOW_MS - HOUR_MS, NOW_MS, NOW_MS + 1)),
  rehearsed: fc.option(fc.record({ withinMs: fc.constant(HOUR_MS), downTo: reversible })),
  openIncident: fc.constant({ graceMs: 0, newTargets: false }),
});

export const arbitraryProtection: fc.Arbitrary<Protection> = fc.record({
  identity: fc.constantFrom(null, 'idn_1', 'git:app:1', 'git:app:2'),
  class: fc.constantFrom(null, ...CLASSES),
  max: fc.option(reversible),
  rule: fc.constant(null),
  path: fc.constant(['ciso']),
});

const fuse = fc.option(
  fc.record({ limit: fc.integer({ min: 1, max: 4 }), perMs: fc.constant(HOUR_MS) }),
);

export const arbitraryCharter: fc.Arbitrary<Charter> = fc
  .record({
    effectiveMs: mostly(NOW_MS - HOUR_MS, fc.constantFrom(NOW_MS, NOW_MS + 1)),
    unknown: fc.record({
      severity: fc.constantFrom(...SEVERITIES),
      environment: fc.constantFrom(...ENVIRONMENTS),
      jurisdiction: fc.constantFrom(null, ...JURISDICTIONS),
    }),
    classes: fc.tuple(classOf('a'), classOf('b'), classOf('c')),
    mandates: fc.array(arbitraryMandate, { maxLength: 5 }),
    protections: mostly([], fc.array(arbitraryProtection, { maxLength: 2 })),
    fuses: fc.record({
      automaticCuts: fuse,
      sameSource: fuse,
      servicesDown: fc.constant(null),
      evidenceMs: fc.constant(null),
      decisionsAPerson: fc.constant(null),
    }),
  })
  .map((parts) => ({ ...northlake, ...parts }));

export const arbitraryFacts: fc.Arbitrary<AuthorityFacts> = fc.record({
  identity: fc.record({
    id: fc.constantFrom('idn_1', 'idn_2'),
    refs: fc.subarray(['git:app:1', 'git:login:bot']),
    kind: fc.constantFrom('ci-identity', 'ai-agent', 'bot-user'),
    tags: fc.subarray(TAGS),
    services: fc.subarray(SERVICES),
    servicesUnknown: mostly(false, fc.constant(true)),
    operator: fc.constantFrom(null, 'orbis'),
  }),
  environment: fc.constantFrom(null, ...ENVIRONMENTS),
  jurisdiction: fc.constantFrom(null, ...JURISDICTIONS),
  severity: fc.constantFrom(null, ...SEVERITIES),
  signalTypes: some(SIGNAL_TYPES),
  authenticity: mostly('signed', fc.constantFrom(...AUTHENTICITIES)),
  confidence: fc.constantFrom(...CONFIDENCES),
  sources: fc.integer({ min: 1, max: 3 }),
  rehearsedAt: fc.constantFrom(
    null,
    new Date(NOW_MS - HOUR_MS).toISOString(),
    new Date(NOW_MS - 2 * HOUR_MS).toISOString(),
  ),
  automaticCuts: fc.array(
    fc.record({
      atMs: fc.constantFrom(NOW_MS - 1, NOW_MS - HOUR_MS),
      source: fc.constantFrom('s1', 's2'),
    }),
    { maxLength: 4 },
  ),
  signalSource: fc.constantFrom('s1', 's2'),
});
