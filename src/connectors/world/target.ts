import type { JsonObject, Secret } from '../../kernel/index.ts';
import { ConnectorFailure, type CallContext, type CutSubject } from '../contract.ts';
import { createSend, failureOf, failureOfSilence, type Call, type Send } from './client.ts';
import { readSubject, type SubjectState } from './cutting.ts';
import type { WorldProfile } from './profile.ts';

export interface WorldAccess {
  readonly target: string;
  /** Of the world's service. */
  readonly url: string;
  /** Of Firebreak's own account on the target. */
  readonly token: Secret;
  /** Of an identity that no cut touches: the positive control of every probe. */
  readonly controlSecret: Secret;
}

/** One target as the parts of this connector see it. */
export interface WorldTarget {
  readonly profile: WorldProfile;
  readonly controlSecret: Secret;
  readonly read: (
    what: string,
    query: Readonly<Record<string, string>>,
    context: CallContext,
  ) => Promise<JsonObject>;
  readonly change: (
    verb: string,
    body: JsonObject,
    key: string,
    context: CallContext,
  ) => Promise<JsonObject>;
  /** Without any judgement of the answer: probes live from refusals. */
  readonly send: Send;
  readonly path: string;
  readonly token: Secret;
}

export function openTarget(access: WorldAccess & { readonly profile: WorldProfile }): WorldTarget {
  const send = createSend(access.url);
  const path = `/targets/${encodeURIComponent(access.target)}`;
  const { token, controlSecret, profile } = access;
  return {
    profile,
    controlSecret,
    send,
    path,
    token,
    read: (what, query, context) => {
      const search = new URLSearchParams(query).toString();
      const call: Call = {
        method: 'GET',
        path: `${path}/control/${what}${search === '' ? '' : `?${search}`}`,
        bearer: token,
      };
      return judged(send, call, 'reads', context);
    },
    change: (verb, body, key, context) =>
      judged(
        send,
        { method: 'POST', path: `${path}/control/${verb}`, bearer: token, body, key },
        'changes',
        context,
      ),
  };
}

export async function judged(
  send: Send,
  call: Call,
  effect: 'reads' | 'changes',
  context: CallContext,
): Promise<JsonObject> {
  try {
    const answer = await send(call, context);
    if (answer.status >= 400 || answer.status < 200) throw failureOf(answer, effect);
    return answer.body;
  } catch (error) {
    throw failureOfSilence(error, effect);
  }
}

export function queryOf(scope: CutSubject): Readonly<Record<string, string>> {
  return scope.credential === undefined
    ? { identity: scope.identity }
    : { identity: scope.identity, credential: scope.credential };
}

export async function stateOf(
  target: WorldTarget,
  scope: CutSubject,
  context: CallContext,
): Promise<SubjectState> {
  const body = await target.read('state', queryOf(scope), context);
  const state = readSubject(body, scope);
  if (state !== null) return state;
  throw new ConnectorFailure('refused', `${target.profile.target} does not know the subject`);
}
