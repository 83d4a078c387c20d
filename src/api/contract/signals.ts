import { Type, type Static } from 'typebox';
import { AnyObject, IdSchema, TimestampSchema } from './words.ts';

const text = Type.String({ minLength: 1, maxLength: 1_000 });

/**
 * One statement from outside that an identity may be compromised. It is checked by the word `signals`, which also
 * verifies the signature over the exact bytes; this schema describes it for clients.
 *
 * @example
 * ```json
 * {
 *   "type": "credential-exposed",
 *   "subject": { "refs": [{ "system": "github", "type": "secret", "value": "ghp_..." }] },
 *   "occurredAt": "2026-12-01T03:00:00Z",
 *   "confidence": "strong",
 *   "key": "alert-4711"
 * }
 * ```
 */
export const SignalRequest = Type.Object(
  {
    type: Type.String({ description: 'Such as credential-exposed, credential-misuse, all-clear' }),
    subject: Type.Object({
      refs: Type.Array(Type.Object({ system: text, type: text, value: text }), { maxItems: 50 }),
      secret: Type.Optional(
        Type.String({ description: 'The leaked secret itself; kept encrypted, never shown' }),
      ),
    }),
    occurredAt: TimestampSchema,
    confidence: Type.Optional(Type.Enum(['weak', 'medium', 'strong', 'proven'])),
    key: Type.String({
      description: "The sender's own name for this statement: a repeat is harmless",
    }),
    detail: Type.Optional(AnyObject),
  },
  { additionalProperties: false },
);
export type SignalRequest = Static<typeof SignalRequest>;

export const SignalHeaders = Type.Object({
  'firebreak-source': Type.Optional(Type.String({ description: 'Name of the signal source' })),
  'firebreak-signature': Type.Optional(
    Type.String({
      description: 't=UNIXSECONDS,v1=HEX(HMAC-SHA256(secret, t + "." + body)) over the exact body',
    }),
  ),
});

export const SignalAnswer = Type.Object({
  signalId: IdSchema,
  incidentId: Type.Optional(IdSchema),
  repeated: Type.Boolean(),
});
export type SignalAnswer = Static<typeof SignalAnswer>;
