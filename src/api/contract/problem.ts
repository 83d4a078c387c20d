import { Type, type Static } from 'typebox';

/**
 * Every answer that is not a success: RFC 9457 with the code, the next act and the facts. The code is API.
 *
 * @example
 * ```json
 * {
 *   "type": "about:blank#identity-unknown",
 *   "title": "identity unknown",
 *   "status": 404,
 *   "code": "identity-unknown",
 *   "detail": "no identity matches ci-deployer",
 *   "remedy": "Search the inventory, or import its source first (`firebreak import FILE`).",
 *   "facts": { "ref": "ci-deployer" }
 * }
 * ```
 */
export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Names the kind of problem; stable' }),
    detail: Type.String({ description: 'What went wrong, in one sentence' }),
    remedy: Type.String({ description: 'What to do next' }),
    facts: Type.Record(Type.String(), Type.Unknown()),
  },
  { description: 'RFC 9457 problem details' },
);
export type Problem = Static<typeof ProblemSchema>;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** True for an answer of this form, whatever else it holds. */
export function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['code', 'detail', 'remedy'].every((name) => typeof Reflect.get(value, name) === 'string')
  );
}
