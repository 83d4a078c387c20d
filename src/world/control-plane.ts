import { assertNever, digestOf } from '../kernel/index.ts';
import type {
  ControlRequest,
  ControlVerb,
  CredentialState,
  IdentityState,
  Policy,
  Reply,
  Subject,
} from './model.ts';
import { mintBeside, retire } from './replacing.ts';
import { refusal } from './refusal.ts';
import type { Grant, TargetState } from './target-state.ts';

const GRANT_OF: Readonly<Record<ControlVerb, Grant>> = {
  'step-up': 'identity:restrict',
  'lift-step-up': 'identity:restrict',
  reduce: 'identity:restrict',
  'lift-reduce': 'identity:restrict',
  quarantine: 'identity:restrict',
  'lift-quarantine': 'identity:restrict',
  disable: 'identity:suspend',
  enable: 'identity:suspend',
  'kill-sessions': 'session:end',
  revoke: 'credential:revoke',
  rotate: 'credential:rotate',
  mint: 'credential:rotate',
  retire: 'credential:rotate',
};

/** The account must itself be alive and hold the grant; null when it may. */
export function refusedFor(target: TargetState, grant: Grant): Reply | null {
  const account = target.configured.identities.get(target.account.identity);
  if (account === undefined || !account.enabled || account.revoked) {
    return refusal(403, 'account-suspended', 'the account of this token is suspended');
  }
  if (target.grants.has(grant)) return null;
  return refusal(403, 'grant-missing', `this account lacks the grant ${grant}`, { grant });
}

/** Why this subject cannot be acted on; null when it can. */
export function subjectProblem(target: TargetState, subject: Subject): Reply | null {
  if (!target.configured.identities.has(subject.identity)) {
    return refusal(404, 'identity-unknown', `there is no identity ${subject.identity}`);
  }
  if (subject.credential === undefined) return null;
  if (target.spec.grain === 'identity') {
    return refusal(422, 'grain-unsupported', 'this system cannot tell credentials apart');
  }
  const credential = target.configured.credentials.get(subject.credential);
  if (credential === undefined || credential.identity !== subject.identity) {
    return refusal(404, 'credential-unknown', `there is no credential ${subject.credential}`);
  }
  return null;
}

/** One change through the control plane: visible there at once, enforced after the propagation delay. */
export function control(target: TargetState, request: ControlRequest, partial: boolean): Reply {
  // Others who act here (an administrator, an intruder) have rights of their own.
  const own = request.actor === target.account.identity;
  const stopped =
    (own ? refusedFor(target, GRANT_OF[request.verb]) : null) ??
    subjectProblem(target, request.subject);
  if (stopped !== null) {
    record(target, request, 'refused', stopped, 0);
    return stopped;
  }
  const earlier = repeated(target, request);
  if (earlier !== null) {
    record(target, request, 'repeat', earlier, 0);
    return earlier;
  }
  const reply = perform(target, request, partial);
  const done = reply.status < 400;
  record(target, request, done ? 'done' : 'refused', reply, done ? 1 : 0);
  if (done && request.key !== null && target.spec.honoursIdempotencyKeys) {
    target.replies.set(`${request.verb} ${request.key}`, { digest: digest(request), reply });
  }
  return reply;
}

function digest(request: ControlRequest): string {
  const { verb, subject, actions, allow, label, replacement } = request;
  return digestOf({ verb, subject, actions, allow, label, replacement });
}

function repeated(target: TargetState, request: ControlRequest): Reply | null {
  if (request.key === null || !target.spec.honoursIdempotencyKeys) return null;
  const stored = target.replies.get(`${request.verb} ${request.key}`);
  if (stored === undefined) return null;
  if (stored.digest === digest(request)) return stored.reply;
  return refusal(422, 'idempotency-key-reused', 'this key was used for a different request');
}

function record(
  target: TargetState,
  request: ControlRequest,
  outcome: 'done' | 'repeat' | 'refused',
  reply: Reply,
  effects: number,
): void {
  const { error } = reply.body;
  target.audit.write({
    atMs: target.nowMs(),
    plane: 'control',
    verb: request.verb,
    actor: request.actor,
    source: 'control-plane',
    identity: request.subject.identity,
    credential: request.subject.credential ?? null,
    outcome,
    code: typeof error === 'string' ? error : null,
    key: request.key,
    effects,
    attempt: false,
    minted: null,
  });
}

function perform(target: TargetState, request: ControlRequest, partial: boolean): Reply {
  const { subject } = request;
  switch (request.verb) {
    case 'step-up':
      return setPolicy(target, subject, { stepUp: request.actions ?? ['mint', 'grant'] });
    case 'lift-step-up':
      return setPolicy(target, subject, { stepUp: request.actions ?? [] });
    case 'reduce':
      return setPolicy(target, subject, { denied: request.actions ?? ['mint', 'grant'] });
    case 'lift-reduce':
      return setPolicy(target, subject, { denied: request.actions ?? [] });
    case 'quarantine':
      return setPolicy(target, subject, { quarantine: request.allow ?? [] });
    case 'lift-quarantine':
      return setPolicy(target, subject, { quarantine: request.allow ?? null });
    case 'disable':
      return setEnabled(target, subject, false);
    case 'enable':
      return setEnabled(target, subject, true);
    case 'kill-sessions':
      return killSessions(target, subject, partial);
    case 'revoke':
      return revoke(target, subject);
    case 'rotate':
      return rotate(target, subject);
    case 'mint':
      return mintBeside(target, request);
    case 'retire':
      return retire(target, request);
    default:
      return assertNever(request.verb);
  }
}

function holderOf(
  target: TargetState,
  subject: Subject,
): IdentityState | CredentialState | undefined {
  return subject.credential === undefined
    ? target.configured.identities.get(subject.identity)
    : target.configured.credentials.get(subject.credential);
}

function change(
  target: TargetState,
  subject: Subject,
  patch: { readonly policy?: Policy; readonly enabled?: boolean; readonly revoked?: boolean },
): void {
  if (subject.credential === undefined) target.changeIdentity(subject.identity, patch);
  else target.changeCredential(subject.credential, patch);
}

const DONE: Reply = { status: 200, body: { done: true } };

function setPolicy(target: TargetState, subject: Subject, part: Partial<Policy>): Reply {
  const holder = holderOf(target, subject);
  if (holder === undefined) return refusal(404, 'subject-unknown', 'the subject is gone');
  change(target, subject, { policy: { ...holder.policy, ...part } });
  return DONE;
}

function setEnabled(target: TargetState, subject: Subject, enabled: boolean): Reply {
  change(target, subject, { enabled });
  if (!enabled && target.spec.suspendEndsSessions) endSessions(target, subject);
  return DONE;
}

/** A second revocation is an error, as on most real systems: "already gone" has to be read back. */
function revoke(target: TargetState, subject: Subject): Reply {
  if (holderOf(target, subject)?.revoked === true) {
    return refusal(409, 'already-gone', 'it was revoked before');
  }
  change(target, subject, { revoked: true });
  if (subject.credential === undefined) {
    for (const { credential } of target.credentialsOf(subject.identity)) {
      target.changeCredential(credential, { revoked: true });
    }
  }
  if (target.spec.suspendEndsSessions) endSessions(target, subject);
  return DONE;
}

function endSessions(target: TargetState, subject: Subject, limit?: number): readonly string[] {
  const open = target.sessionsOf(target.configured, subject).filter((session) => !session.ended);
  const ended = open.slice(0, limit ?? open.length).map((session) => session.session);
  for (const session of ended) target.endSession(session);
  return ended;
}

function killSessions(target: TargetState, subject: Subject, partial: boolean): Reply {
  const open = target.sessionsOf(target.configured, subject).filter((session) => !session.ended);
  const limit = partial ? Math.floor(open.length / 2) : open.length;
  const ended = endSessions(target, subject, limit);
  const notEnded = open.map((each) => each.session).filter((each) => !ended.includes(each));
  return { status: notEnded.length > 0 ? 207 : 200, body: { done: true, ended, notEnded } };
}

/**
 * A credential gets a replacement beside it; an identity gets new ones and loses the old. The new secret goes to the
 * stores its consumers read, never into the answer.
 */
function rotate(target: TargetState, subject: Subject): Reply {
  const old =
    subject.credential === undefined
      ? target.credentialsOf(subject.identity).map((each) => each.credential)
      : [subject.credential];
  const live = old.filter((name) => {
    const state = target.configured.credentials.get(name);
    return state !== undefined && !state.revoked && state.replacedBy === null;
  });
  const replaced = live.map((credential) => {
    const replacedBy = target.addCredential(subject.identity, target.account.identity).credential;
    const gone = subject.credential === undefined ? { revoked: true } : {};
    target.changeCredential(credential, { replacedBy, ...gone });
    return { credential, replacedBy };
  });
  return { status: 200, body: { done: true, replaced } };
}
