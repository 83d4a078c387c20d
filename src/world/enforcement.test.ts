import { describe, expect, it } from 'vitest';
import { createPushableClock } from '../kernel/index.ts';
import { enforce } from './enforcement.ts';
import {
  OPEN_POLICY,
  type Attempt,
  type CredentialState,
  type IdentityState,
  type View,
} from './model.ts';
import { createWorld } from './world.ts';

const READ: Attempt = { action: 'read', resource: 'main', freshProof: false };
const MINT: Attempt = { ...READ, action: 'mint' };

function viewWith(
  identity: Partial<IdentityState>,
  credential: Partial<CredentialState>,
): { readonly view: View; readonly credential: string } {
  const world = createWorld({ seed: 1, clock: createPushableClock(), targets: [{ name: 'ci' }] });
  const target = world.target('ci');
  const [leak] = world.addMember('ci', { identity: 'x' });
  const view = target.effective();
  const name = leak?.credential ?? '';
  const owner = view.identities.get('x');
  const own = view.credentials.get(name);
  if (owner === undefined || own === undefined) throw new Error('it was just added');
  view.identities.set('x', { ...owner, ...identity });
  view.credentials.set(name, { ...own, ...credential });
  return { view, credential: name };
}

function codeOf(
  attempt: Attempt,
  identity: Partial<IdentityState>,
  credential: Partial<CredentialState> = {},
): string {
  const made = viewWith(identity, credential);
  const principal = { type: 'credential', credential: made.credential } as const;
  const verdict = enforce({ policiesBiteInSessions: true }, made.view, principal, attempt, 5_000);
  return verdict.allowed ? 'allowed' : verdict.code;
}

describe('enforcement', () => {
  const quarantine = { policy: { ...OPEN_POLICY, quarantine: ['forensics'] } };
  const reduced = { policy: { ...OPEN_POLICY, denied: ['mint', 'grant'] } } as const;
  const stepUp = { policy: { ...OPEN_POLICY, stepUp: ['mint'] } } as const;

  it.each([
    ['an open credential', 'allowed', READ, {}, {}],
    ['a disabled credential', 'credential-disabled', READ, {}, { enabled: false }],
    ['a suspended identity', 'identity-suspended', READ, { enabled: false }, {}],
    ['a revoked credential', 'credential-revoked', READ, {}, { revoked: true }],
    [
      'a revoked one that is disabled too',
      'credential-revoked',
      READ,
      {},
      { revoked: true, enabled: false },
    ],
    ['a revoked identity', 'identity-revoked', READ, { revoked: true }, {}],
    ['an expired credential', 'credential-expired', READ, {}, { expiresAtMs: 5_000 }],
    ['one that expires later', 'allowed', READ, {}, { expiresAtMs: 5_001 }],
    ['a quarantined identity', 'quarantined', READ, quarantine, {}],
    ['a quarantined credential', 'quarantined', READ, {}, quarantine],
    ['the way left open', 'allowed', { ...READ, resource: 'forensics' }, quarantine, {}],
    ['minting while reduced', 'minting-denied', MINT, reduced, {}],
    ['granting while reduced', 'action-denied', { ...READ, action: 'grant' }, reduced, {}],
    ['reading while reduced', 'allowed', READ, reduced, {}],
    ['minting without proof', 'step-up-required', MINT, {}, stepUp],
    ['minting with proof', 'allowed', { ...MINT, freshProof: true }, {}, stepUp],
    ['what it has no right to', 'permission-denied', { ...READ, action: 'grant' }, {}, {}],
    ['a login', 'allowed', { ...READ, action: 'login' }, { permissions: [] }, {}],
  ] as const)('%s: %s', (_, code, attempt, identity, credential) => {
    expect(codeOf(attempt, identity, credential)).toBe(code);
  });

  it('does not know a credential of another world', () => {
    const { view } = viewWith({}, {});
    const principal = { type: 'credential', credential: 'key-NOBODY' } as const;
    const rules = { policiesBiteInSessions: true };
    const verdict = enforce(rules, view, principal, READ, 0);
    expect(verdict).toEqual({ allowed: false, code: 'unknown-credential' });
  });
});
