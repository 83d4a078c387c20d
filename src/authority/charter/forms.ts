import { Type, type TSchema } from 'typebox';
import { LIMITS } from '../../kernel/index.ts';

// The words in which the schemas of charter and roster are written. A title says which form is wanted: it is what a
// problem shows. A description says what the member is for: it is what an editor shows.

export const NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$';
export const Name = Type.String({
  pattern: NAME,
  title: 'a name of letters, digits, dots, - and _',
});
export const Text = Type.String({
  minLength: 1,
  maxLength: 500,
  title: 'a text of 1 to 500 characters',
});
export const Duration = Type.String({
  pattern:
    '^P(?!$)(\\d{1,6}W)?(\\d{1,6}D)?(T(?=\\d)(\\d{1,6}H)?(\\d{1,6}M)?(\\d{1,6}(\\.\\d{1,3})?S)?)?$',
  title: 'an ISO 8601 duration such as PT4S, PT15M or P30D',
});
export const ClockDuration = Type.String({
  pattern:
    '^P(\\d{1,4}BD|(?!$)(\\d{1,6}W)?(\\d{1,6}D)?(T(?=\\d)(\\d{1,6}H)?(\\d{1,6}M)?(\\d{1,6}S)?)?)$',
  title: 'an ISO 8601 duration, or business days such as P4BD',
});
export const RungDuration = Type.String({
  pattern:
    '^(P(?!$)(\\d{1,6}W)?(\\d{1,6}D)?(T(?=\\d)(\\d{1,6}H)?(\\d{1,6}M)?(\\d{1,6}(\\.\\d{1,3})?S)?)?|\\d{1,3}% of clock)$',
  title: 'an ISO 8601 duration such as PT5M, or a share such as "50% of clock"',
});
export const Instant = Type.String({
  pattern:
    '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)$',
  format: 'date-time',
  title: 'an RFC 3339 time such as 2026-12-01T00:00:00Z',
});
export const WallTime = Type.String({
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
  title: 'a wall time in quotes such as "07:00"',
});
export const Count = Type.Integer({
  minimum: 1,
  maximum: 1_000_000,
  title: 'a whole number from 1 to 1,000,000',
});

export function words(list: readonly string[]): TSchema {
  return Type.String({ enum: [...list] });
}

export function closed(members: Record<string, TSchema>): TSchema {
  return Type.Object(members, { additionalProperties: false });
}

export function listOf(item: TSchema, minItems = 1): TSchema {
  return Type.Array(item, { minItems, maxItems: LIMITS.charterListMax });
}

export function oneOrMore(item: TSchema): TSchema {
  return Type.Union([item, listOf(item)]);
}

/** A mapping whose names the writer chooses. */
export function named(item: TSchema, most: number = LIMITS.charterNamesMax): TSchema {
  const names = Type.String({ pattern: NAME });
  return Type.Record(names, item, { maxProperties: most, additionalProperties: false });
}

export const optional = <Schema extends TSchema>(schema: Schema): TSchema => Type.Optional(schema);

/** With what an editor says about it. */
export function described(description: string, schema: TSchema): TSchema {
  return { ...schema, description };
}

export const Days = Type.Union([
  words(['every', 'mon-fri', 'sat-sun']),
  Type.Array(words(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), {
    minItems: 1,
    maxItems: 7,
  }),
]);
