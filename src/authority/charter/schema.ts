import { Type, type TSchema } from 'typebox';
import { AUTHENTICITIES, SIGNAL_TYPES, STAGE_GUARANTEES } from '../../kernel/index.ts';
import { DECISION_KINDS, SEVERITIES } from '../model.ts';

// What a charter may say, section by section. Members that are carried and not yet acted on are described as well, so that
// a misspelt one is refused and not silently without effect.

const NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$';
const Name = Type.String({ pattern: NAME });
const Text = Type.String({ minLength: 1, maxLength: 500 });
const Duration = Type.String({
  pattern: '^P(?!$)(\\d+W)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+(\\.\\d+)?S)?)?$',
  description: 'an ISO 8601 duration such as PT4S, PT15M or P30D',
});
const ClockDuration = Type.String({
  pattern: '^P(\\d+BD|(?!$)(\\d+W)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+S)?)?)$',
  description: 'an ISO 8601 duration, or business days such as P4BD',
});
const RungDuration = Type.String({
  pattern:
    '^(P(?!$)(\\d+W)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+(\\.\\d+)?S)?)?|\\d{1,3}% of clock)$',
  description: 'an ISO 8601 duration, or a share such as "50% of clock"',
});
const Instant = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$',
  description: 'an RFC 3339 time',
});
const WallTime = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: 'HH:MM' });
const Count = Type.Integer({ minimum: 1, maximum: 1_000_000 });

function words(list: readonly string[]): TSchema {
  return Type.String({ enum: [...list] });
}

function closed(members: Record<string, TSchema>): TSchema {
  return Type.Object(members, { additionalProperties: false });
}

function oneOrMore(item: TSchema): TSchema {
  return Type.Union([item, Type.Array(item, { minItems: 1, maxItems: 200 })]);
}

const optional = <Schema extends TSchema>(schema: Schema): TSchema => Type.Optional(schema);

const STAGES = Object.keys(STAGE_GUARANTEES);
const REVERSIBLE_STAGES = STAGES.filter((stage) => stage !== 'revoke');
const Stage = words(STAGES);
const Severity = words(SEVERITIES);
const DISTINCT = ['person', 'manager', 'device', 'employer'];

const situation = {
  class: optional(oneOrMore(Name)),
  severity: optional(oneOrMore(Severity)),
  environment: optional(oneOrMore(Name)),
  jurisdiction: optional(oneOrMore(Name)),
};

const Days = Type.Union([
  words(['every', 'mon-fri', 'sat-sun']),
  Type.Array(words(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), { minItems: 1 }),
]);

const SunLeg = closed({
  zone: Text,
  from: WallTime,
  to: WallTime,
  days: optional(Days),
  roster: Name,
});

const Seat = closed({
  roster: optional(Type.Union([Name, Type.Record(Type.String(), Name)])),
  party: optional(Name),
  from: optional(words(['inventory.owner.business', 'inventory.owner.technical'])),
  by: optional(words(['jurisdiction'])),
  orElse: optional(Name),
  'follow-the-sun': optional(Type.Array(SunLeg, { minItems: 1, maxItems: 20 })),
  otherwise: optional(closed({ roster: Name })),
  overlap: optional(words(['incoming-decides-new, outgoing-keeps-open'])),
});

const Class = closed({
  match: closed({
    service: optional(oneOrMore(Text)),
    kind: optional(oneOrMore(Text)),
    tag: optional(oneOrMore(Text)),
    operator: optional(oneOrMore(Text)),
  }),
  profile: optional(words(['staged', 'hard-stop', 'restrict-only'])),
});

const Rung = closed({
  seat: Name,
  decide: RungDuration,
  acknowledge: optional(Duration),
  warm: optional(Duration),
  lastResort: optional(Type.Boolean()),
});

const Approve = closed({
  count: optional(Count),
  from: Type.Array(Name, { minItems: 1 }),
  before: optional(Stage),
  distinctFrom: optional(Type.Array(words(['decide', 'approve', 'recommend', 'advise']))),
  when: optional(closed({ material: Type.Boolean() })),
});

const Deadline = closed({
  stage: optional(Stage),
  after: optional(Type.Union([words(['last-rung']), Duration])),
  meanwhile: optional(closed({ stage: Stage, after: Duration })),
  keep: optional(words(['current-stage', 'silent'])),
  repage: optional(Duration),
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
  id: Name,
  decision: optional(oneOrMore(words(DECISION_KINDS))),
  overrides: optional(Type.Array(Name, { minItems: 1 })),
  when: optional(closed(situation)),
  recommend: optional(closed({ seats: Type.Array(Name, { minItems: 1 }) })),
  advise: optional(
    closed({
      seats: Type.Array(Name, { minItems: 1 }),
      within: Duration,
      silence: words(['proceed', 'proceed-with-approved-template', 'escalate']),
    }),
  ),
  decide: optional(Type.Array(Rung, { minItems: 1, maxItems: 20 })),
  approve: optional(Approve),
  maxStageWithoutApproval: optional(words(REVERSIBLE_STAGES)),
  execute: optional(Type.Array(Execute, { minItems: 1 })),
  'own-side-cut': optional(closed({ stage: Stage, where: Type.Array(Text, { minItems: 1 }) })),
  'hand-off': optional(words(['cumulative', 'exclusive'])),
  reject: optional(closed({ holds: Duration, scope: words(['this-digest']) })),
  requires: optional(
    closed({
      replacementCredential: optional(Type.Boolean()),
      noRespawnFor: optional(Duration),
      firstSuspectTime: optional(words(['set'])),
    }),
  ),
  forEach: optional(words(['jurisdiction'])),
  clock: optional(
    closed({
      from: words(['awareness', 'first-suspect-time']),
      due: Type.Record(Type.String(), ClockDuration),
    }),
  ),
  party: optional(Type.Record(Type.String(), Name)),
  atDeadline: optional(Deadline),
});

const Mandate = closed({
  id: Name,
  mode: optional(words(['shadow', 'ask', 'act'])),
  when: closed({
    ...situation,
    signal: optional(oneOrMore(words(SIGNAL_TYPES))),
    authenticity: optional(words(AUTHENTICITIES)),
    confidence: optional(
      Type.String({
        pattern: '^(>= )?(weak|medium|strong|proven)$',
        description: '">= weak", ">= medium", ">= strong" or ">= proven"',
      }),
    ),
    sources: optional(Count),
  }),
  upTo: Stage,
  widen: optional(closed({ to: Stage, when: closed({ sources: Count }) })),
  // oxlint-disable-next-line unicorn/no-thenable -- a word of the charter's own syntax; never awaited
  then: optional(
    closed({
      stage: words(['revoke']),
      window: Duration,
      unless: optional(closed({ benignBy: Type.Array(Name, { minItems: 1 }) })),
    }),
  ),
  windows: optional(closed({ beforeIsolation: Duration })),
  until: Instant,
  rehearsed: optional(
    closed({ within: Duration, else: closed({ downTo: words(REVERSIBLE_STAGES) }) }),
  ),
  openIncident: optional(closed({ grace: Duration, newTargets: Type.Boolean() })),
});

const ProtectedEntry = closed({
  identity: optional(Text),
  class: optional(Name),
  rule: optional(words(['last-administrator'])),
  max: words(['none', ...REVERSIBLE_STAGES]),
  path: Type.Union([Name, Type.Array(Name, { minItems: 1 })]),
});

/** Each top-level section and whether a charter must have it. */
export const CHARTER_SECTIONS: Readonly<
  Record<string, { readonly schema: TSchema; readonly required: boolean }>
> = {
  charter: { schema: Name, required: true },
  format: { schema: Type.Literal(1), required: true },
  revision: { schema: Count, required: true },
  effective: { schema: Instant, required: true },
  signed: {
    schema: closed({
      requires: closed({
        of: Type.Array(Name, { minItems: 1 }),
        count: Count,
        distinct: optional(Type.Array(words(DISTINCT))),
      }),
    }),
    required: false,
  },
  roster: { schema: Text, required: true },
  unknown: {
    schema: closed({
      severity: words(['highest', ...SEVERITIES]),
      environment: Name,
      jurisdiction: Name,
      owner: words(['no-owner-right']),
    }),
    required: true,
  },
  parties: {
    schema: Type.Record(
      Type.String(),
      closed({
        kind: words(['self', 'msp', 'tenant', 'vendor']),
        contract: optional(
          closed({
            until: Instant,
            mayExecute: optional(Type.Array(Name)),
            mayDecide: optional(Type.Array(words(DECISION_KINDS))),
          }),
        ),
      }),
    ),
    required: false,
  },
  jurisdictions: {
    schema: Type.Record(
      Type.String(),
      closed({ zone: Text, regulators: optional(Type.Array(Name)) }),
    ),
    required: false,
  },
  seats: { schema: Type.Record(Type.String(), Seat), required: true },
  classes: { schema: Type.Record(Type.String(), Class), required: false },
  rights: { schema: Type.Array(Right, { minItems: 1, maxItems: 1_000 }), required: true },
  separation: {
    schema: Type.Array(
      closed({
        'never-same-person': optional(Type.Array(Text, { minItems: 2 })),
        never: optional(Type.Array(words(['decide', 'approve', 'restore']))),
        when: optional(words(['person-is-suspect-or-suspect-owner'])),
      }),
    ),
    required: false,
  },
  'conflict-of-interest': {
    schema: closed({
      lookback: Duration,
      grounds: Type.Array(
        words(['owner', 'last-rotated-by', 'session-on-suspect-device', 'manager-of']),
      ),
    }),
    required: false,
  },
  mandates: { schema: Type.Array(Mandate, { maxItems: 1_000 }), required: false },
  inherit: {
    schema: closed({
      'descendants-minted-after': words(['first-suspect-time']),
      upTo: words(REVERSIBLE_STAGES),
      limit: Count,
    }),
    required: false,
  },
  protected: { schema: Type.Array(ProtectedEntry), required: false },
  fuses: {
    schema: closed({
      'automatic-cuts': optional(
        closed({
          limit: Count,
          per: Duration,
          scope: optional(words(['organisation'])),
          blown: words(['ask']),
        }),
      ),
      'same-source': optional(
        closed({
          limit: Count,
          per: Duration,
          scope: optional(words(['signal-source'])),
          blown: words(['ask', 'quarantine-source']),
        }),
      ),
      'services-down': optional(closed({ limit: Count, tier: Count, blown: words(['ask']) })),
      evidence: optional(closed({ limit: Duration, blown: words(['cut-anyway']) })),
      'decisions-a-person': optional(
        closed({ limit: Count, per: Duration, blown: words(['batch-then-next-rung']) }),
      ),
    }),
    required: false,
  },
  'reset-fuse': {
    schema: closed({ decide: Type.Array(Rung, { minItems: 1 }), quorum: optional(Count) }),
    required: false,
  },
  'break-glass': {
    schema: closed({
      quorum: Count,
      from: Type.Array(Name, { minItems: 1 }),
      distinct: optional(Type.Array(words(DISTINCT))),
      ttl: Duration,
      review: optional(Duration),
    }),
    required: false,
  },
  channels: {
    schema: Type.Record(
      Type.String(),
      closed({ 'latency-p99': Duration, depends: Type.Array(Name) }),
    ),
    required: false,
  },
  threshold: {
    schema: closed({
      floor: optional(Type.Number({ minimum: 0, maximum: 1 })),
      ceiling: optional(Type.Number({ minimum: 0, maximum: 1 })),
    }),
    required: false,
  },
  'decide-by': {
    schema: closed({
      allowed: Type.Array(Name, { minItems: 1 }),
      'require-two-independent-for': optional(Type.Array(Name)),
    }),
    required: false,
  },
};

export const ROSTER_SECTIONS: typeof CHARTER_SECTIONS = {
  roster: { schema: Name, required: true },
  format: { schema: Type.Literal(1), required: true },
  revision: { schema: Count, required: true },
  people: {
    schema: Type.Record(
      Type.String(),
      closed({
        name: Text,
        employer: optional(Name),
        manager: optional(Name),
        refs: optional(Type.Array(Text, { maxItems: 50 })),
      }),
    ),
    required: true,
  },
  rosters: {
    schema: Type.Record(
      Type.String(),
      closed({
        zone: optional(Text),
        shifts: Type.Array(
          closed({
            person: Name,
            always: optional(Type.Literal(true)),
            days: optional(Days),
            from: optional(WallTime),
            to: optional(WallTime),
          }),
          { minItems: 1, maxItems: 1_000 },
        ),
      }),
    ),
    required: true,
  },
  absences: {
    schema: Type.Array(closed({ person: Name, from: Instant, until: Instant })),
    required: false,
  },
};
