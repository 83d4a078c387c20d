import { present } from '../kernel/index.ts';
import { enforce, type Principal } from './enforcement.ts';
import type { CredentialState, DataRequest, DenialCode, Reply } from './model.ts';
import type { TargetState } from './target-state.ts';

/** Denials about who somebody is are 401, about what they may do 403. */
const POLICY_CODES: ReadonlySet<DenialCode> = new Set([
  'quarantined',
  'minting-denied',
  'action-denied',
  'step-up-required',
  'permission-denied',
]);

export const RESOURCE_DEFAULT = 'main';

interface Effect {
  readonly body: Readonly<Record<string, unknown>>;
  readonly minted: string | null;
  readonly effects: number;
}

/** One request with a secret: judged by what is effective at this instant, carried out, written down. */
export function act(target: TargetState, request: DataRequest): Reply {
  const view = target.effective();
  const principal = target.principalOf(request.secret);
  const attempt = {
    action: request.action,
    resource: request.resource ?? RESOURCE_DEFAULT,
    freshProof: request.freshProof === true,
  };
  const verdict =
    principal === undefined
      ? ({ allowed: false, code: 'unknown-credential' } as const)
      : enforce(target.spec, view, principal, attempt, target.nowMs());
  const credential = principal === undefined ? undefined : credentialOf(target, principal);
  if (!verdict.allowed || credential === undefined) {
    const code = verdict.allowed ? 'unknown-credential' : verdict.code;
    record(target, request, credential, code, null);
    const status = POLICY_CODES.has(code) ? 403 : 401;
    return { status, body: { outcome: 'denied', error: code } };
  }
  target.touch(credential.credential);
  const effect = request.dryRun === true ? NOTHING : carryOut(target, request, credential);
  record(target, request, credential, null, effect);
  return { status: 200, body: { outcome: 'allowed', ...effect.body } };
}

function credentialOf(target: TargetState, principal: Principal): CredentialState | undefined {
  if (principal.type === 'credential')
    return target.configured.credentials.get(principal.credential);
  const session = target.configured.sessions.get(principal.session);
  return session === undefined ? undefined : target.configured.credentials.get(session.credential);
}

const NOTHING: Effect = { body: {}, minted: null, effects: 0 };

function carryOut(target: TargetState, request: DataRequest, by: CredentialState): Effect {
  switch (request.action) {
    case 'read':
      return NOTHING;
    case 'write':
      return { ...NOTHING, effects: 1 };
    case 'login': {
      const { session } = target.addSession(by, request.source);
      return { body: { session, token: target.secretOf(session) }, minted: null, effects: 1 };
    }
    case 'mint':
      return mint(target, request, by);
    case 'grant':
      return grant(target, request, by);
  }
}

function mint(target: TargetState, request: DataRequest, by: CredentialState): Effect {
  let owner = by.identity;
  if (request.as === 'new-identity') {
    const minter = present(target.configured.identities.get(by.identity), 'the minter was judged');
    owner = target.newName(`${by.identity}-`);
    const { kind, permissions } = minter;
    target.addIdentity({ identity: owner, kind, permissions, mintedBy: by.credential });
  }
  const { credential } = target.addCredential(owner, by.credential);
  const secret = target.secretOf(credential);
  return { body: { identity: owner, credential, secret }, minted: credential, effects: 1 };
}

function grant(target: TargetState, request: DataRequest, by: CredentialState): Effect {
  const to = request.to ?? by.identity;
  const identity = target.configured.identities.get(to);
  const permission = request.permission ?? 'write';
  if (identity === undefined || identity.permissions.includes(permission)) return NOTHING;
  target.changeIdentity(to, { permissions: [...identity.permissions, permission] });
  return { body: { to, permission }, minted: null, effects: 1 };
}

function record(
  target: TargetState,
  request: DataRequest,
  by: CredentialState | undefined,
  code: DenialCode | null,
  effect: Effect | null,
): void {
  target.audit.write({
    atMs: target.nowMs(),
    plane: 'data',
    verb: request.action,
    actor: by?.identity ?? 'unknown',
    source: request.source,
    identity: by?.identity ?? null,
    // What cannot tell credentials apart cannot write them down either.
    credential: target.spec.grain === 'identity' ? null : (by?.credential ?? null),
    outcome: code === null ? 'allowed' : 'denied',
    code,
    key: null,
    effects: effect?.effects ?? 0,
    attempt: request.dryRun === true,
    minted: effect?.minted ?? null,
  });
}
