import { toTimestamp } from '../kernel/index.ts';
import { refusal } from './refusal.ts';
import type { ControlRequest, CredentialState, IdentityState, Reply, Subject } from './model.ts';
import type { TargetState } from './target-state.ts';

/**
 * A credential beside another one, both valid: of the same identity where credentials are told apart, else of a twin
 * with the same rights. The secret is shown once; a repeat of the label says only that it is there.
 */
export function mintBeside(target: TargetState, request: ControlRequest): Reply {
  const { subject, label } = request;
  if (label === undefined) return refusal(422, 'label-missing', 'a new credential needs a label');
  if (request.lifetimeMs !== undefined && target.spec.lifetimeMs === undefined) {
    return refusal(422, 'lifetime-unsupported', 'credentials of this system last');
  }
  const owner = target.configured.identities.get(subject.identity);
  if (owner === undefined) return refusal(404, 'identity-unknown', 'the identity is gone');
  const held = target.spec.grain === 'credential' ? subject.identity : twinOf(subject, label);
  const earlier = target.credentialsOf(held).find((one) => one.label === label);
  if (earlier !== undefined) return minted(target, earlier, 'already', null);
  if (held !== subject.identity) addTwin(target, owner, held);
  const byCaller = target.spec.secretFrom === 'caller';
  if (byCaller && request.secret === undefined) {
    return refusal(422, 'secret-missing', 'this system lets the caller choose the secret');
  }
  const made = target.addCredential(held, target.account.identity, {
    label,
    ...(byCaller && request.secret !== undefined ? { secret: request.secret } : {}),
    ...(request.lifetimeMs === undefined ? {} : { lifetimeMs: request.lifetimeMs }),
  });
  return minted(target, made, 'done', byCaller ? null : target.secretOf(made.credential));
}

function twinOf({ identity }: Subject, label: string): string {
  return `${identity}-${label}`;
}

function addTwin(target: TargetState, owner: IdentityState, identity: string): void {
  const { kind, permissions, groups } = owner;
  const mintedBy = target.account.identity;
  target.addIdentity({ identity, kind, permissions, groups, mintedBy });
}

function minted(
  target: TargetState,
  { identity, credential, expiresAtMs }: CredentialState,
  state: 'done' | 'already',
  secret: string | null,
): Reply {
  const name = target.spec.grain === 'credential' ? { credential } : {};
  const ends = expiresAtMs === null ? {} : { expiresAt: toTimestamp(expiresAtMs) };
  return {
    status: 200,
    body: { state, identity, ...name, ...ends, ...(secret === null ? {} : { secret }) },
  };
}

/** No new use of the old one. Refused while what is to take its place cannot be used. */
export function retire(target: TargetState, { subject, replacement }: ControlRequest): Reply {
  const problem = replacement === undefined ? 'none is named' : unusable(target, replacement);
  if (problem !== null) return refusal(409, 'replacement-unusable', `the replacement: ${problem}`);
  const { identity, credential } = subject;
  const { credentials, identities } = target.configured;
  const holder = credential === undefined ? identities.get(identity) : credentials.get(credential);
  if (holder === undefined || holder.revoked || !holder.enabled) {
    return { status: 200, body: { state: 'already' } };
  }
  if (credential === undefined) target.changeIdentity(identity, { enabled: false });
  else target.changeCredential(credential, { enabled: false });
  return { status: 200, body: { state: 'done' } };
}

function unusable(target: TargetState, { identity, credential }: Subject): string | null {
  const owner = target.configured.identities.get(identity);
  if (owner === undefined || !owner.enabled || owner.revoked) return `${identity} cannot log in`;
  const own = target.credentialsOf(identity);
  const usable = own.some(
    (one) =>
      one.enabled && !one.revoked && (credential === undefined || one.credential === credential),
  );
  return usable ? null : 'no credential of it works';
}
