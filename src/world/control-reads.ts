import { toTimestamp } from '../kernel/index.ts';
import type { AuditQuery } from './audit.ts';
import { refusedFor, subjectProblem } from './control-plane.ts';
import { enforce, type Principal } from './enforcement.ts';
import type {
  Attempt,
  AuditEntry,
  CredentialState,
  IdentityState,
  Reply,
  SessionState,
  Subject,
  Verdict,
} from './model.ts';
import type { TargetState } from './target-state.ts';

const BEARER_WHY =
  'A login gives a bearer token that the system cannot end; it works until it expires.';

/** What a connector has to know of this target before it calls it. */
export function describe(target: TargetState): Reply {
  const { spec } = target;
  const residual =
    spec.bearerTokenMs === null ? null : { forMs: spec.bearerTokenMs, why: BEARER_WHY };
  const body = {
    target: spec.name,
    system: spec.system,
    environment: spec.environment,
    grain: spec.grain,
    honoursIdempotencyKeys: spec.honoursIdempotencyKeys,
    propagationMs: spec.propagation.maxMs,
    policiesBiteInSessions: spec.policiesBiteInSessions,
    residual,
    callTimeoutMs: spec.callTimeoutMs,
    concurrentCallsMax: spec.concurrentCallsMax,
    actsAs: target.account.identity,
    secretFrom: spec.secretFrom ?? 'target',
    lifetimeMs: spec.lifetimeMs ?? null,
    hasInside: spec.hasInside === true,
    endsOneSession: spec.bearerTokenMs === null,
    grants: [...target.grants].sort(),
  };
  return { status: 200, body };
}

function identityView(state: IdentityState): object {
  const { createdAtMs, ...rest } = state;
  return { ...rest, createdAt: toTimestamp(createdAtMs) };
}

function credentialView(target: TargetState, state: CredentialState): object {
  const { issuedAtMs, expiresAtMs, ...rest } = state;
  const lastUsedAtMs = target.lastUsedAtMs(state.credential);
  return {
    ...rest,
    issuedAt: toTimestamp(issuedAtMs),
    expiresAt: expiresAtMs === null ? null : toTimestamp(expiresAtMs),
    lastUsedAt: lastUsedAtMs === null ? null : toTimestamp(lastUsedAtMs),
  };
}

function sessionView(target: TargetState, state: SessionState): object {
  const { session, identity, sinceMs, source } = state;
  const credential = target.spec.grain === 'identity' ? null : state.credential;
  return { session, identity, credential, since: toTimestamp(sinceMs), source };
}

export function auditView(entry: AuditEntry): object {
  const { atMs, ...rest } = entry;
  return { ...rest, at: toTimestamp(atMs) };
}

/** The configured state of one subject, with the sessions that are open as far as the control plane knows. */
export function readState(target: TargetState, subject: Subject): Reply {
  const stopped = refusedFor(target, 'identity:read') ?? subjectProblem(target, subject);
  if (stopped !== null) return stopped;
  const identity = target.configured.identities.get(subject.identity);
  const credential =
    subject.credential === undefined
      ? undefined
      : target.configured.credentials.get(subject.credential);
  const open = target.sessionsOf(target.configured, subject).filter((session) => !session.ended);
  return {
    status: 200,
    body: {
      identity: identity === undefined ? null : identityView(identity),
      credential: credential === undefined ? null : credentialView(target, credential),
      sessions: open.map((session) => sessionView(target, session)),
    },
  };
}

/** Everything, or everything of one identity and what it minted. Revoked credentials are no longer listed. */
export function readInventory(target: TargetState, identity: string | undefined): Reply {
  const stopped = refusedFor(target, 'identity:read');
  if (stopped !== null) return stopped;
  const { configured } = target;
  const own = new Set(
    [...configured.credentials.values()]
      .filter((each) => each.identity === identity)
      .map((each) => each.credential),
  );
  const wanted = (state: {
    readonly identity: string;
    readonly mintedBy: string | null;
  }): boolean =>
    identity === undefined ||
    state.identity === identity ||
    (state.mintedBy !== null && own.has(state.mintedBy));
  const identities = [...configured.identities.values()].filter(
    (state) => wanted(state) && !state.revoked,
  );
  const names = new Set(identities.map((state) => state.identity));
  const credentials = [...configured.credentials.values()].filter(
    (state) => names.has(state.identity) && !state.revoked,
  );
  const sessions = [...configured.sessions.values()].filter(
    (state) => names.has(state.identity) && !state.bearer && !state.ended,
  );
  return {
    status: 200,
    body: {
      identities: identities.map(identityView),
      credentials: credentials.map((state) => credentialView(target, state)),
      sessions: sessions.map((state) => sessionView(target, state)),
    },
  };
}

export function readAudit(target: TargetState, query: AuditQuery): Reply {
  const stopped = refusedFor(target, 'audit:read');
  if (stopped !== null) return stopped;
  return { status: 200, body: { entries: target.audit.read(query).map(auditView) } };
}

export interface TryRequest extends Attempt {
  readonly subject: Subject;
  /** Also tries every session of the subject that the data plane still knows. */
  readonly sessions: boolean;
}

/** Asks the enforcement point to judge an act as somebody else. Nothing is carried out, everything is written down. */
export function tryAs(target: TargetState, request: TryRequest): Reply {
  const stopped =
    refusedFor(target, 'identity:try') ??
    (request.subject.credential !== undefined && target.spec.grain === 'identity'
      ? subjectProblem(target, { identity: request.subject.identity })
      : subjectProblem(target, request.subject));
  if (stopped !== null) return stopped;
  const { session } = request.subject;
  const tries =
    session === undefined
      ? [
          { as: 'credential', ...flat(tryCredentials(target, request)) },
          ...(request.sessions ? trySessions(target, request) : []),
        ]
      : [{ as: 'session', ...flat(judge(target, { type: 'session', session }, request)) }];
  for (const each of tries) recordTry(target, request, each.code);
  return { status: 200, body: { tries } };
}

function judge(target: TargetState, principal: Principal, attempt: Attempt): Verdict {
  return enforce(target.spec, target.effective(), principal, attempt, target.nowMs());
}

function flat(verdict: Verdict): { readonly allowed: boolean; readonly code: string | null } {
  return { allowed: verdict.allowed, code: verdict.allowed ? null : verdict.code };
}

/** Without a credential: the best that any live credential of the identity still gets. */
function tryCredentials(target: TargetState, request: TryRequest): Verdict {
  const { subject } = request;
  const one = target.spec.grain === 'credential' ? subject.credential : undefined;
  const names =
    one === undefined
      ? target.credentialsOf(subject.identity).map((each) => each.credential)
      : [one];
  const verdicts = names.map((credential) =>
    judge(target, { type: 'credential', credential }, request),
  );
  return (
    verdicts.find((verdict) => verdict.allowed) ??
    verdicts.find((verdict) => !verdict.allowed && verdict.code !== 'credential-revoked') ??
    verdicts[0] ?? { allowed: false, code: 'unknown-credential' }
  );
}

function trySessions(
  target: TargetState,
  request: TryRequest,
): readonly { readonly as: string; readonly allowed: boolean; readonly code: string | null }[] {
  const { subject } = request;
  const scope = target.spec.grain === 'credential' ? subject : { identity: subject.identity };
  const live = target.sessionsOf(target.effective(), scope).filter((session) => !session.ended);
  return live.map(({ session }) => ({
    as: 'session',
    ...flat(judge(target, { type: 'session', session }, request)),
  }));
}

function recordTry(target: TargetState, request: TryRequest, code: string | null): void {
  target.audit.write({
    atMs: target.nowMs(),
    plane: 'data',
    verb: request.action,
    actor: target.account.identity,
    source: 'impersonation',
    identity: request.subject.identity,
    credential: request.subject.credential ?? null,
    outcome: code === null ? 'allowed' : 'denied',
    code,
    key: null,
    effects: 0,
    attempt: true,
    minted: null,
  });
}
