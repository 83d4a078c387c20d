import type { Attempt, DenialCode, Policy, SessionState, Verdict, View } from './model.ts';

/** What a secret stands for. */
export type Principal =
  | { readonly type: 'credential'; readonly credential: string }
  | { readonly type: 'session'; readonly session: string };

/** Who asks: the same whether a secret was shown or an act is tried on somebody's behalf. */
export interface EnforcementRules {
  readonly policiesBiteInSessions: boolean;
}

const ALLOWED: Verdict = { allowed: true };

function deny(code: DenialCode): Verdict {
  return { allowed: false, code };
}

/** The one enforcement point: data plane, impersonated tries and ground truth all come through here. */
export function enforce(
  rules: EnforcementRules,
  view: View,
  principal: Principal,
  attempt: Attempt,
  nowMs: number,
): Verdict {
  if (principal.type === 'credential') return enforceCredential(view, principal, attempt, nowMs);
  const session = view.sessions.get(principal.session);
  if (session === undefined) return deny('unknown-credential');
  return enforceSession(rules, view, session, attempt, nowMs);
}

function enforceCredential(
  view: View,
  principal: { readonly credential: string },
  attempt: Attempt,
  nowMs: number,
): Verdict {
  const credential = view.credentials.get(principal.credential);
  if (credential === undefined) return deny('unknown-credential');
  if (credential.revoked) return deny('credential-revoked');
  const identity = view.identities.get(credential.identity);
  if (identity === undefined || identity.revoked) return deny('identity-revoked');
  if (credential.expiresAtMs !== null && credential.expiresAtMs <= nowMs) {
    return deny('credential-expired');
  }
  if (!credential.enabled) return deny('credential-disabled');
  if (!identity.enabled) return deny('identity-suspended');
  const refusal = refusedBy([identity.policy, credential.policy], attempt);
  if (refusal !== null) return deny(refusal);
  return permitted(identity.permissions, attempt) ? ALLOWED : deny('permission-denied');
}

/** A session outlives the suspension of what opened it, unless it is ended itself: this is what most systems do. */
function enforceSession(
  rules: EnforcementRules,
  view: View,
  session: SessionState,
  attempt: Attempt,
  nowMs: number,
): Verdict {
  if (session.ended) return deny('session-ended');
  if (session.expiresAtMs !== null && session.expiresAtMs <= nowMs) return deny('session-expired');
  const identity = view.identities.get(session.identity);
  if (identity === undefined) return deny('identity-revoked');
  const credential = view.credentials.get(session.credential);
  const policies =
    rules.policiesBiteInSessions && credential !== undefined
      ? [identity.policy, credential.policy]
      : session.policies;
  const refusal = refusedBy(policies, attempt);
  if (refusal !== null) return deny(refusal);
  return permitted(identity.permissions, attempt) ? ALLOWED : deny('permission-denied');
}

function refusedBy(policies: readonly Policy[], attempt: Attempt): DenialCode | null {
  for (const policy of policies) {
    if (policy.quarantine !== null && !policy.quarantine.includes(attempt.resource)) {
      return 'quarantined';
    }
    if (policy.denied.includes(attempt.action)) {
      return attempt.action === 'mint' ? 'minting-denied' : 'action-denied';
    }
    if (policy.stepUp.includes(attempt.action) && !attempt.freshProof) return 'step-up-required';
  }
  return null;
}

function permitted(permissions: readonly string[], attempt: Attempt): boolean {
  return attempt.action === 'login' || permissions.includes(attempt.action);
}
