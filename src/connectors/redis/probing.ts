import { hash } from 'node:crypto';
import { Secret } from '../../kernel/index.ts';
import { ConnectorFailure, type CallContext, type Probed, type ProbeRequest } from '../contract.ts';
import {
  LoginRefused,
  NoAnswer,
  within,
  withSession,
  type Endpoint,
  type Login,
} from './client.ts';
import { loadState, offered, type OfferedGuarantee } from './cutting.ts';
import { ErrorReply, type Command } from './resp.ts';
import type { RedisTarget } from './target.ts';
import { credentialRef } from './users.ts';

interface Tried {
  readonly observed: Probed['observed'];
  readonly error: string | null;
}

const SILENT: Tried = { observed: 'no-answer', error: null };
const UNKNOWN: Tried = {
  observed: 'no-answer',
  error: 'the password is not known, so it cannot be tried',
};

/**
 * No effect, whoever sends it: rights are checked before the name, and the server takes no user name with a space.
 */
const MINT: Command = ['ACL', 'SETUSER', 'no such user'];
const USE: Command = ['PING'];

const LOGIN_DENIED = 'WRONGPASS';
const ACT_DENIED = 'NOPERM';

/**
 * A login of its own with the secret, as from outside; what the server still knows of open sessions; and the same with
 * the control.
 */
export async function probe(
  target: RedisTarget,
  request: ProbeRequest,
  context: CallContext,
): Promise<Probed> {
  const guarantee = offered(request.guarantee);
  const { identity } = request.subject;
  // A password that nobody knows cannot be tried: that is an answer, and no reason not to cut.
  const secret = request.method === 'secret' ? request.secret : undefined;
  const act = guarantee === 'G2' ? MINT : USE;
  const endpoint = endpointFor(target, request);
  const [own, sessions, control] = await Promise.all([
    secret === undefined ? UNKNOWN : attempt(endpoint, loginOf(identity, secret), act, context),
    guarantee === 'G2' || request.sessions === false ? [] : trySessions(target, request, context),
    tryControl(target, request, context),
  ]);
  const verdict = worst([own, ...sessions]);
  return {
    observed: verdict.observed,
    error: verdict.error,
    expected: isExpected(guarantee, verdict) && isNamed(target, request),
    control,
    vantage: request.vantage,
    method: request.method,
  };
}

function endpointFor({ profile, endpoint }: RedisTarget, { vantage }: ProbeRequest): Endpoint {
  return (vantage === 'inside' ? profile.inside : null) ?? endpoint;
}

export async function tryControl(
  target: RedisTarget,
  request: ProbeRequest,
  context: CallContext,
): Promise<Probed['control']> {
  const { observed } = await attempt(endpointFor(target, request), target.control, USE, context);
  return observed === 'allowed' ? 'works' : 'fails';
}

function loginOf(user: string, secret: string): Login {
  return { user, password: new Secret(secret), as: 'firebreak-probe' };
}

function isExpected(guarantee: OfferedGuarantee, { observed, error }: Tried): boolean {
  if (observed !== 'denied') return false;
  return error === LOGIN_DENIED || (guarantee === 'G2' && error === ACT_DENIED);
}

/** A wrong password is refused like a dead one: only the very secret of the credential proves anything. */
function isNamed({ profile }: RedisTarget, { subject, secret = '' }: ProbeRequest): boolean {
  const { identity, credential } = subject;
  if (credential === undefined) return true;
  return credentialRef(profile.target, identity, hash('sha256', secret)) === credential;
}

/** One open door is enough; silence anywhere is not a denial. */
function worst(tried: readonly Tried[]): Tried {
  return (
    tried.find(({ observed }) => observed === 'allowed') ??
    tried.find(({ observed }) => observed === 'no-answer') ??
    tried[0] ??
    SILENT
  );
}

async function attempt(
  endpoint: Endpoint,
  login: Login,
  act: Command,
  context: CallContext,
): Promise<Tried> {
  try {
    return await withSession(endpoint, login, within(context), async ({ send }) => {
      const [reply] = await send([act]);
      // Whatever else is said: the login was let in, and the rights were not in the way.
      if (!(reply instanceof ErrorReply)) return { observed: 'allowed', error: null };
      if (act === MINT && reply.code === ACT_DENIED) {
        return { observed: 'denied', error: reply.code };
      }
      return reply.code === 'LOADING' ? SILENT : { observed: 'allowed', error: null };
    });
  } catch (error) {
    if (error instanceof NoAnswer) return SILENT;
    if (!(error instanceof LoginRefused)) throw error;
    return error.code === LOGIN_DENIED
      ? { observed: 'denied', error: error.code }
      : { observed: 'no-answer', error: error.code };
  }
}

/** Open sessions of the whole user, or of a user that is off; those of one password cannot be told apart. */
async function trySessions(
  target: RedisTarget,
  { subject }: ProbeRequest,
  context: CallContext,
): Promise<readonly Tried[]> {
  const { identity, credential = null } = subject;
  try {
    return await target.use(context, async (acting) => {
      const state = await loadState(acting, target.profile.target, { identity, credential });
      if (state === null || state.sessions.length === 0) return [];
      const counts = credential === null || !state.user.on;
      return counts ? [{ observed: 'allowed', error: null }] : [];
    });
  } catch (error) {
    if (error instanceof ConnectorFailure) return [SILENT];
    throw error;
  }
}
