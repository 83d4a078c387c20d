import { Secret, type JsonObject } from '../../kernel/index.ts';
import { ConnectorFailure, type CallContext, type Probed, type ProbeRequest } from '../contract.ts';
import { failureOf, NoAnswer, type Answer, type Call } from './client.ts';
import type { WorldTarget } from './target.ts';
import { CUT_RULES } from './cutting.ts';
import { objectsIn, textOrNull } from './profile.ts';

/** One try: allowed, denied with what the target said, or nothing that can be called an answer. */
export interface Tried {
  readonly observed: Probed['observed'];
  readonly error: string | null;
}

/**
 * The act is tried with the secret or as the subject, beside it every session the target still knows, and the same act
 * with the control. Nothing is carried out: a probe that is let through must not mint.
 */
export async function probe(
  target: WorldTarget,
  request: ProbeRequest,
  context: CallContext,
): Promise<Probed> {
  const { action, codes } = CUT_RULES[request.guarantee];
  const [bySecret, bySubject, control] = await Promise.all([
    request.method === 'secret' ? trySecret(target, request, action, context) : null,
    tryAs(target, request, action, context),
    tryData(target, target.controlSecret, action, request.vantage, context),
  ]);
  const { own, sessions } = bySubject;
  const main = bySecret ?? own;
  const verdict = worst([main, ...(request.sessions === false ? [] : sessions)]);
  return {
    observed: verdict.observed,
    error: verdict.error,
    expected:
      verdict.observed === 'denied' && verdict.error !== null && codes.includes(verdict.error),
    control: control.observed === 'allowed' ? 'works' : 'fails',
    vantage: request.vantage,
    method: request.method,
  };
}

/** One open door is enough; silence anywhere is not a denial. */
function worst(tried: readonly Tried[]): Tried {
  const first = tried[0] ?? { observed: 'no-answer', error: null };
  return (
    tried.find((each) => each.observed === 'allowed') ??
    tried.find((each) => each.observed === 'no-answer') ??
    first
  );
}

function trySecret(
  target: WorldTarget,
  request: ProbeRequest,
  action: string,
  context: CallContext,
): Promise<Tried> {
  if (request.secret === undefined) {
    throw new ConnectorFailure('refused', 'a probe by secret needs the secret');
  }
  return tryData(target, new Secret(request.secret), action, request.vantage, context);
}

export async function tryData(
  target: WorldTarget,
  secret: Secret,
  action: string,
  vantage: string,
  context: CallContext,
): Promise<Tried> {
  const body: JsonObject = { dryRun: true, source: `probe:${vantage}` };
  const path = `${target.path}/data/${action}`;
  const answer = await answerTo(target, { method: 'POST', path, bearer: secret, body }, context);
  if (answer === null) return { observed: 'no-answer', error: null };
  const error = textOrNull(answer.body, 'error');
  if (answer.status === 200) return { observed: 'allowed', error: null };
  const denied = answer.status === 401 || answer.status === 403;
  return { observed: denied ? 'denied' : 'no-answer', error };
}

async function answerTo(
  target: WorldTarget,
  call: Call,
  context: CallContext,
): Promise<Answer | null> {
  try {
    return await target.send(call, context);
  } catch (error) {
    if (error instanceof NoAnswer) return null;
    throw error;
  }
}

export async function tryAs(
  target: WorldTarget,
  request: ProbeRequest,
  action: string,
  context: CallContext,
): Promise<{ readonly own: Tried; readonly sessions: readonly Tried[] }> {
  const from = `probe:${request.vantage}`;
  const body: JsonObject = { ...request.subject, action, sessions: true, from };
  const call: Call = {
    method: 'POST',
    path: `${target.path}/control/try`,
    bearer: target.token,
    body,
  };
  const answer = await answerTo(target, call, context);
  const silent: Tried = { observed: 'no-answer', error: null };
  if (answer === null || answer.status === 429 || answer.status >= 500) {
    return { own: silent, sessions: [silent] };
  }
  if (answer.status !== 200) throw failureOf(answer, 'reads');
  const tries = objectsIn(answer.body, 'tries').map((each) => ({
    as: textOrNull(each, 'as'),
    observed: each['allowed'] === true ? ('allowed' as const) : ('denied' as const),
    error: textOrNull(each, 'code'),
  }));
  return {
    own: tries.find((each) => each.as === 'credential') ?? silent,
    sessions: tries.filter((each) => each.as === 'session'),
  };
}
