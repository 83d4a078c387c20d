import { Type, type Static } from 'typebox';
import { AnyObject } from './words.ts';

const name = Type.String({ minLength: 1, maxLength: 1_000 });
const entity = Type.Object({ type: name, id: name, properties: Type.Optional(AnyObject) });

/** OpenID AuthZEN Authorization API 1.0, access evaluation. Members that the standard does not name are ignored. */
export const EvaluationRequest = Type.Object({
  subject: entity,
  action: Type.Object({ name, properties: Type.Optional(AnyObject) }),
  resource: entity,
  context: Type.Optional(AnyObject),
});
export type EvaluationRequest = Static<typeof EvaluationRequest>;

export const EvaluationAnswer = Type.Object({
  decision: Type.Boolean(),
  context: Type.Optional(AnyObject),
});
export type EvaluationAnswer = Static<typeof EvaluationAnswer>;

export const GateMetadata = Type.Object({
  policy_decision_point: Type.String(),
  access_evaluation_endpoint: Type.String(),
});
