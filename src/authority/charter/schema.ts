// table: what a charter may say, section by section
import { Type, type TSchema } from 'typebox';
import { AUTHENTICITIES, LIMITS, SIGNAL_TYPES, STAGE_GUARANTEES } from '../../kernel/index.ts';
import { DECISION_KINDS, SEVERITIES } from '../words.ts';
import { EVIDENCE_ORDERS } from './evidence.ts';
import {
  ClockDuration,
  closed,
  Count,
  Days,
  described,
  Duration,
  Instant,
  listOf,
  Name,
  named,
  oneOrMore,
  optional,
  RungDuration,
  Text,
  WallTime,
  words,
} from './forms.ts';

// Members that are carried and not yet acted on are described as well, so that a misspelt one is refused and not
// silently without effect.

const STAGES = Object.keys(STAGE_GUARANTEES);
const REVERSIBLE_STAGES = STAGES.filter((stage) => stage !== 'revoke');
const Stage = words(STAGES);
const Severity = words(SEVERITIES);
const Distinct = described(
  'What the people must not share: the person, the manager, the device, the employer.',
  listOf(words(['person', 'manager', 'device', 'employer'])),
);
const Seats = listOf(Name);

const situation = {
  class: optional(described('One of these classes of identities.', oneOrMore(Name))),
  severity: optional(described('One of these severities.', oneOrMore(Severity))),
  environment: optional(described('One of these environments.', oneOrMore(Name))),
  jurisdiction: optional(described('One of these jurisdictions.', oneOrMore(Name))),
};

const SunLeg = closed({
  zone: described('A zone of the IANA time zone database.', Text),
  from: described('Wall time at which the leg begins.', WallTime),
  to: described('Wall time at which it ends; not after `from` = on the next day.', WallTime),
  days: optional(described('Days on which it begins; every day when not said.', Days)),
  roster: described('The roster that fills the seat meanwhile.', Name),
});

const Seat = closed({
  roster: optional(
    described(
      'The roster that fills the seat; with `by: jurisdiction` one for each.',
      Type.Union([Name, named(Name)]),
    ),
  ),
  party: optional(described('The party whose people these are.', Name)),
  from: optional(
    described(
      'Filled by the owner that the inventory knows.',
      words(['inventory.owner.business', 'inventory.owner.technical']),
    ),
  ),
  by: optional(described('One roster for each jurisdiction.', words(['jurisdiction']))),
  orElse: optional(described('The seat that answers when nobody fills this one.', Name)),
  'follow-the-sun': optional(
    described(
      'Legs in wall time of their own zones. Let them overlap: clocks change on different days.',
      Type.Array(SunLeg, { minItems: 1, maxItems: 20 }),
    ),
  ),
  otherwise: optional(
    described('Who has it when no leg does: weekends, holidays.', closed({ roster: Name })),
  ),
  overlap: optional(words(['incoming-decides-new, outgoing-keeps-open'])),
});

const Class = closed({
  match: described(
    'All that are given must hold; each holds when any of its values does.',
    closed({
      service: optional(oneOrMore(Text)),
      kind: optional(oneOrMore(Text)),
      tag: optional(oneOrMore(Text)),
      operator: optional(oneOrMore(Text)),
    }),
  ),
  profile: optional(
    described(
      'How it may be contained: in stages, at once, or restricted only.',
      words(['staged', 'hard-stop', 'restrict-only']),
    ),
  ),
  within: optional(
    described('The longest that a ladder to contain it may take; the prover holds it.', Duration),
  ),
});

const Rung = closed({
  seat: described('Who is asked.', Name),
  decide: described('How long this rung has.', RungDuration),
  acknowledge: optional(described('When it is missed, the next rung opens.', Duration)),
  warm: optional(described('How long before it is theirs they are told.', Duration)),
  lastResort: optional(described('After it comes the break-glass quorum.', Type.Boolean())),
});

const Approve = closed({
  count: optional(described('How many approvals.', Count)),
  from: described('Seats that may approve.', Seats),
  before: optional(described('Wanted for this stage and stronger ones only.', Stage)),
  distinctFrom: optional(
    described(
      'Whoever took this part may not approve.',
      listOf(words(['decide', 'approve', 'recommend', 'advise'])),
    ),
  ),
  when: optional(closed({ material: Type.Boolean() })),
});

const Deadline = closed({
  stage: optional(described('The reversible stage that acts when nobody has decided.', Stage)),
  after: optional(
    described(
      'From the opening of the decision, or after the last rung.',
      Type.Union([words(['last-rung']), Duration]),
    ),
  ),
  meanwhile: optional(
    described(
      'A reversible stage that acts before anybody has answered.',
      closed({ stage: Stage, after: Duration }),
    ),
  ),
  keep: optional(described('What stays as it is.', words(['current-stage', 'silent']))),
  repage: optional(described('How long until they are paged again.', Duration)),
  prepare: optional(words(['draft'])),
  show: optional(words(['clock-at-risk'])),
  follow: optional(words(['tree'])),
});

const Execute = closed({
  runner: optional(words(['connectors'])),
  seat: optional(Name),
  manual: optional(Type.Boolean()),
  acknowledge: optional(Duration),
  done: optional(Duration),
  onSilence: optional(words(['own-side-cut', 'next-rung', 'ask'])),
});

const Right = closed({
  id: described('Its name: other rights, records and problems speak of it.', Name),
  decision: optional(
    described(
      'What is decided. Not said: what the rights it overrides decide.',
      oneOrMore(words(DECISION_KINDS)),
    ),
  ),
  overrides: optional(
    described('Rights of which this one replaces the members that it gives.', Seats),
  ),
  when: optional(described('Not said: in every case.', closed(situation))),
  recommend: optional(
    described('May say what they think; never waited for.', closed({ seats: Seats })),
  ),
  advise: optional(
    described(
      'Are waited for so long; then silence means what is written here.',
      closed({
        seats: Seats,
        within: Duration,
        silence: words(['proceed', 'proceed-with-approved-template', 'escalate']),
      }),
    ),
  ),
  decide: optional(
    described(
      'The ladder: each rung has its time, then the next one opens.',
      Type.Array(Rung, { minItems: 1, maxItems: LIMITS.ladderRungsMax }),
    ),
  ),
  approve: optional(described('A yes or no to the digest of the exact action.', Approve)),
  maxStageWithoutApproval: optional(words(REVERSIBLE_STAGES)),
  execute: optional(described('Who carries it out: a runner, or a seat by hand.', listOf(Execute))),
  'own-side-cut': optional(
    described(
      'What our own side can cut when the party that executes is silent.',
      closed({ stage: Stage, where: listOf(Text) }),
    ),
  ),
  'hand-off': optional(
    described(
      'Cumulative: an opened rung may still say yes. Exclusive: authority moves.',
      words(['cumulative', 'exclusive']),
    ),
  ),
  reject: optional(
    described('How long a no holds.', closed({ holds: Duration, scope: words(['this-digest']) })),
  ),
  requires: optional(
    described(
      'What must be true before access is given back.',
      closed({
        replacementCredential: optional(Type.Boolean()),
        noRespawnFor: optional(Duration),
        firstSuspectTime: optional(words(['set'])),
      }),
    ),
  ),
  forEach: optional(described('One decision each, with its own clock.', words(['jurisdiction']))),
  clock: optional(
    described(
      'The clock of the law.',
      closed({
        from: words(['awareness', 'first-suspect-time']),
        due: described(
          'For each regulator. Business days count in the zone of its jurisdiction, without the holidays of the roster.',
          named(ClockDuration),
        ),
      }),
    ),
  ),
  party: optional(described('Class -> the party that owes the act.', named(Name))),
  atDeadline: optional(described('What happens when nobody decides; always reversible.', Deadline)),
});

const Mandate = closed({
  id: Name,
  mode: optional(
    described(
      'Shadow records what it would have done; the default.',
      words(['shadow', 'ask', 'act']),
    ),
  ),
  when: closed({
    ...situation,
    signal: optional(oneOrMore(words(SIGNAL_TYPES))),
    authenticity: optional(words(AUTHENTICITIES)),
    confidence: optional(
      Type.String({
        pattern: '^(>= )?(weak|medium|strong|proven)$',
        title: '">= weak", ">= medium", ">= strong" or ">= proven"',
      }),
    ),
    sources: optional(described('Independent sources that say the same.', Count)),
  }),
  upTo: described('The strongest stage that it reaches without asking.', Stage),
  widen: optional(closed({ to: Stage, when: closed({ sources: Count }) })),
  // oxlint-disable-next-line unicorn/no-thenable -- a word of the charter's own syntax; never awaited
  then: optional(
    described(
      'After a window in which nobody said that it is benign.',
      closed({
        stage: words(['revoke']),
        window: Duration,
        unless: optional(closed({ benignBy: Seats })),
      }),
    ),
  ),
  windows: optional(closed({ beforeIsolation: Duration })),
  until: described('When it ends: approval ages.', Instant),
  rehearsed: optional(
    described(
      'How recently its cut must have been rehearsed, and the stage it falls back to.',
      closed({ within: Duration, else: closed({ downTo: words(REVERSIBLE_STAGES) }) }),
    ),
  ),
  openIncident: optional(
    described(
      'When it ends in the middle of an incident.',
      closed({ grace: Duration, newTargets: Type.Boolean() }),
    ),
  ),
});

const EvidenceTree = closed({
  id: Name,
  when: optional(
    described(
      'All that are given must fit; without it every case does.',
      closed({ ...situation, signal: optional(oneOrMore(words(SIGNAL_TYPES))) }),
    ),
  ),
  order: described(
    'Evidence before the cut, the cut before evidence, or neither waits.',
    words(EVIDENCE_ORDERS),
  ),
  fuse: optional(described('How long a cut waits for evidence at most.', Duration)),
});

const ProtectedEntry = closed({
  identity: optional(described('A reference such as k8s:prod/name.', Text)),
  class: optional(Name),
  rule: optional(words(['last-administrator'])),
  max: described('The strongest stage without the path.', words(['none', ...REVERSIBLE_STAGES])),
  path: described('Seats, rights or break-glass: slower, never no path.', oneOrMore(Name)),
});

const rules = (item: TSchema, minItems = 0): TSchema =>
  Type.Array(item, { minItems, maxItems: LIMITS.charterRulesMax });

export interface Section {
  readonly schema: TSchema;
  readonly required: boolean;
}

const needs = (description: string, schema: TSchema): Section => ({
  schema: described(description, schema),
  required: true,
});
const may = (description: string, schema: TSchema): Section => ({
  schema: described(description, schema),
  required: false,
});

const RateLimit = { limit: Count, per: Duration };

/** Each top-level section and whether a charter must have it. */
export const CHARTER_SECTIONS: Readonly<Record<string, Section>> = {
  charter: needs('The name of the charter.', Name),
  format: needs('The version of this file format.', Type.Literal(1)),
  revision: needs('Goes up with each change that is adopted.', Count),
  effective: needs('From when these rules hold.', Instant),
  signed: may(
    'Whose signatures adopt the next revision.',
    closed({
      requires: closed({ of: Seats, count: Count, distinct: optional(Distinct) }),
    }),
  ),
  roster: needs('The file with the people who fill the seats.', Text),
  unknown: needs(
    'What a missing fact means.',
    closed({
      severity: words(['highest', ...SEVERITIES]),
      environment: Name,
      jurisdiction: described('`every`, or one that is declared.', Name),
      owner: words(['no-owner-right']),
    }),
  ),
  parties: may(
    'Organisations that take part, and what their contracts let them do until when.',
    named(
      closed({
        kind: words(['self', 'msp', 'tenant', 'vendor']),
        contract: optional(
          closed({
            until: Instant,
            mayExecute: optional(listOf(Name, 0)),
            mayDecide: optional(listOf(words(DECISION_KINDS), 0)),
          }),
        ),
      }),
    ),
  ),
  jurisdictions: may(
    'Where the law differs: zone, regulators.',
    named(closed({ zone: Text, regulators: optional(listOf(Name, 0)) })),
  ),
  seats: needs('Rules name seats; the roster fills them at an instant.', named(Seat)),
  classes: may(
    'Kinds of identities that rules speak of. One identity may be in several.',
    named(Class),
  ),
  rights: needs('Who decides what.', rules(Right, 1)),
  separation: may(
    'Checked on people, after substitution, in one incident.',
    listOf(
      closed({
        'never-same-person': optional(
          described(
            'DECISION.ROLE twice or more, such as contain.decide.',
            Type.Array(Text, { minItems: 2, maxItems: 20 }),
          ),
        ),
        never: optional(listOf(words(['decide', 'approve', 'restore']))),
        when: optional(words(['person-is-suspect-or-suspect-owner'])),
      }),
      0,
    ),
  ),
  'conflict-of-interest': may(
    'What ties a person to a case so that another one decides.',
    closed({
      lookback: Duration,
      grounds: listOf(
        words(['owner', 'last-rotated-by', 'session-on-suspect-device', 'manager-of']),
        0,
      ),
    }),
  ),
  mandates: may('What was approved beforehand for a described situation.', rules(Mandate)),
  evidence: may(
    'What comes first when a cut would lose something: the first entry that fits decides.',
    rules(EvidenceTree),
  ),
  inherit: may(
    'What credentials inherit that a suspect one has minted.',
    closed({
      'descendants-minted-after': words(['first-suspect-time']),
      upTo: words(REVERSIBLE_STAGES),
      limit: Count,
    }),
  ),
  protected: may('A slower path, never no path.', rules(ProtectedEntry)),
  fuses: may(
    'Limits that stop automation, or a wait.',
    closed({
      'automatic-cuts': optional(
        closed({ ...RateLimit, scope: optional(words(['organisation'])), blown: words(['ask']) }),
      ),
      'same-source': optional(
        closed({
          ...RateLimit,
          scope: optional(words(['signal-source'])),
          blown: words(['ask', 'quarantine-source']),
        }),
      ),
      'services-down': optional(closed({ limit: Count, tier: Count, blown: words(['ask']) })),
      evidence: optional(closed({ limit: Duration, blown: words(['cut-anyway']) })),
      'decisions-a-person': optional(
        closed({ ...RateLimit, blown: words(['batch-then-next-rung']) }),
      ),
    }),
  ),
  'reset-fuse': may(
    'Who lets automation go on after a fuse has blown.',
    closed({
      decide: Type.Array(Rung, { minItems: 1, maxItems: LIMITS.ladderRungsMax }),
      quorum: optional(Count),
    }),
  ),
  'break-glass': may(
    'The last way when no rung answers.',
    closed({
      quorum: Count,
      from: Seats,
      distinct: optional(Distinct),
      ttl: Duration,
      review: optional(Duration),
    }),
  ),
  channels: may(
    'How people are reached, and what each way depends on.',
    named(closed({ 'latency-p99': Duration, depends: listOf(Name, 0) })),
  ),
  threshold: may(
    'Bounds of the confidence from which automation acts.',
    closed({
      floor: optional(Type.Number({ minimum: 0, maximum: 1, title: 'a number from 0 to 1' })),
      ceiling: optional(Type.Number({ minimum: 0, maximum: 1, title: 'a number from 0 to 1' })),
    }),
  ),
  'decide-by': may(
    'How an answer may be given: CHANNEL-METHOD, such as push-passkey.',
    closed({ allowed: listOf(Name), 'require-two-independent-for': optional(Seats) }),
  ),
};
