import type { Problem } from '../../../src/api/contract/index.ts';
import { learnServerTime } from '../clock.ts';
import { SAY } from '../messages.ts';

/** What the server said is wrong, with what to do about it. */
export class ConsoleProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string;

  constructor(
    status: number,
    { code, detail, remedy }: Pick<Problem, 'code' | 'detail' | 'remedy'>,
  ) {
    super(detail);
    this.name = 'ConsoleProblem';
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['code', 'detail', 'remedy'].every((name) => typeof Reflect.get(value, name) === 'string')
  );
}

const onSignedOut = new Set<() => void>();

/** Called whenever an answer says that nobody is signed in any more. */
export function whenSignedOut(listener: () => void): () => void {
  onSignedOut.add(listener);
  return () => {
    onSignedOut.delete(listener);
  };
}

async function problemOf(answer: Response): Promise<ConsoleProblem> {
  const body: unknown = await answer.json().catch(() => null);
  if (isProblem(body)) return new ConsoleProblem(answer.status, body);
  const detail = `${SAY.unreachable} (${answer.status})`;
  return new ConsoleProblem(answer.status, {
    code: 'no-answer',
    detail,
    remedy: SAY.unreachableRemedy,
  });
}

/** One request; the shape of the answer is the one that the contract gives to its path. */
export async function ask<Answer>(
  path: string,
  init: { readonly method?: string; readonly body?: unknown } = {},
): Promise<Answer> {
  const { method = 'GET', body } = init;
  const headers = {
    accept: 'application/json',
    // A page of somebody else cannot send this without being asked first.
    ...(method === 'GET' ? {} : { 'x-firebreak': 'console' }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const answer = await fetch(path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => null);
  if (answer === null) {
    const { unreachable: detail, unreachableRemedy: remedy } = SAY;
    throw new ConsoleProblem(0, { code: 'unreachable', detail, remedy });
  }
  learnServerTime(answer.headers.get('date'));
  if (!answer.ok) {
    if (answer.status === 401) for (const listener of onSignedOut) listener();
    throw await problemOf(answer);
  }
  // The contract says what this path answers; the server's own types hold it to that.
  return (answer.status === 204 ? null : await answer.json()) as Answer;
}
