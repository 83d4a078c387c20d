import { Type } from 'typebox';

/** Words that requests may use. A test beside the server holds them equal to the server's own. */
export const SCOPES = [
  'signals:write',
  'read',
  'inventory:write',
  'respond',
  'decide',
  'gate',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];
export const ScopeSchema = Type.Enum(SCOPES);

export const STAGES = ['step-up', 'restrict', 'isolate', 'suspend', 'revoke'] as const;
export const StageSchema = Type.Enum(STAGES);

export const RESTORE_CAUSES = ['false-alarm', 'resolved'] as const;
export const RestoreCauseSchema = Type.Enum(RESTORE_CAUSES);

export const OUTCOMES = ['approve', 'reject', 'advise', 'acknowledge', 'hand-over'] as const;
export const OutcomeSchema = Type.Enum(OUTCOMES);

export const STEP_STATES = ['planned', 'claimed', 'done', 'blocked', 'cancelled'] as const;
export const StepStateSchema = Type.Enum(STEP_STATES);

export const INCIDENT_STATUSES = ['open', 'restoring', 'closed'] as const;
export const IncidentStatusSchema = Type.Enum(INCIDENT_STATUSES);

export const DECISION_STATES = [
  'open',
  'approved',
  'rejected',
  'defaulted',
  'expired',
  'undone',
] as const;
export const DecisionStateSchema = Type.Enum(DECISION_STATES);

/** A Firebreak id: three letters, an underscore, 22 characters that sort by time. */
export const IdSchema = Type.String({
  pattern: '^[a-z]{3}_[0-9a-hjkmnp-tv-z]{22}$',
  maxLength: 26,
  description: 'An id of Firebreak, such as idn_01k... or inc_01k...',
});

export const TimestampSchema = Type.String({
  format: 'date-time',
  description: 'RFC 3339, in UTC',
});

/** No control characters: a name is shown to people at night. */
export const NAME_PATTERN = '^[^\\u0000-\\u001f\\u007f]+$';

export const RefSchema = Type.String({
  minLength: 1,
  maxLength: 1_000,
  pattern: NAME_PATTERN,
  description:
    'An id, an external reference `system:type:value`, or a bare value when it is unique',
});

export const ReasonSchema = Type.String({
  minLength: 1,
  maxLength: 2_000,
  pattern: '\\S',
  description: 'Why. It goes to the ledger as it is',
});

/** Anything JSON: the shapes of other systems. */
export const AnyObject = Type.Record(Type.String(), Type.Unknown());

const LIMIT = { minimum: 1, maximum: 500 };
export const PageQuery = {
  limit: Type.Optional(Type.Integer({ ...LIMIT, description: 'Rows in one page; 100 by default' })),
};
