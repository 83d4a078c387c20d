import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CREDENTIAL_KINDS, IDENTITY_KINDS } from '../../inventory/index.ts';
import { SIGNAL_TYPES } from '../../kernel/index.ts';
import {
  COMPROMISE_ROWS,
  type Compromise,
  type CompromiseSeen,
  compromiseOf,
  COMPROMISES,
  familyOf,
} from './compromise.ts';

const DAY_MS = 86_400_000;
const SEEN: CompromiseSeen = {
  type: 'credential-exposed',
  identityKind: 'service-account',
  credentialKind: 'api-key',
  idleMs: DAY_MS,
  lifetimeMs: null,
  operator: null,
};

// table: one line for each class, and the near miss beside it
const CASES: readonly (readonly [Compromise, Partial<CompromiseSeen>])[] = [
  ['leaked-credential', {}],
  ['leaked-credential', { lifetimeMs: 30 * DAY_MS }],
  ['leaked-credential', { idleMs: 400 * DAY_MS }],
  ['ephemeral-in-log', { lifetimeMs: 3_600_000 }],
  ['refresh-abused', { type: 'credential-misuse', credentialKind: 'refresh-token' }],
  [
    'refresh-abused',
    { type: 'session-hijack', identityKind: 'oauth-app', credentialKind: 'access-token' },
  ],
  ['unclear', { type: 'session-hijack', credentialKind: 'access-token' }],
  ['unclear', { type: 'credential-misuse' }],
  ['dormant-awake', { type: 'anomalous-behaviour', idleMs: 200 * DAY_MS }],
  ['unclear', { type: 'anomalous-behaviour', idleMs: null }],
  [
    'consent-abused',
    { type: 'new-access-path', identityKind: 'oauth-app', credentialKind: 'client-secret' },
  ],
  [
    'refresh-abused',
    { type: 'new-access-path', identityKind: 'oauth-app', credentialKind: 'refresh-token' },
  ],
  ['vendor-breached', { type: 'vendor-breach', identityKind: 'oauth-app', operator: 'drift' }],
  ['agent-off-intent', { type: 'off-intent-action', identityKind: 'ai-agent' }],
  ['session-abused', { type: 'session-hijack', namesSession: true }],
  ['unclear', { type: 'session-hijack' }],
  ['unclear', { type: 'off-intent-action' }],
];

describe('what was compromised', () => {
  it.each(CASES)('is %s: %j', (wanted, seen) => {
    expect(compromiseOf({ ...SEEN, ...seen })).toBe(wanted);
  });

  it('is tried for every class', () => {
    expect(new Set(CASES.map(([wanted]) => wanted))).toEqual(new Set(COMPROMISES));
  });

  it('takes a whole identity only where nothing narrower is the matter', () => {
    const seen = fc.record({
      type: fc.constantFrom(...SIGNAL_TYPES),
      identityKind: fc.constantFrom(...IDENTITY_KINDS),
      credentialKind: fc.constantFrom(...CREDENTIAL_KINDS),
      idleMs: fc.option(fc.nat(400 * DAY_MS)),
      lifetimeMs: fc.option(fc.nat(400 * DAY_MS)),
      operator: fc.option(fc.constant('drift')),
    });
    fc.assert(
      fc.property(seen, (one) => {
        const { layer } = COMPROMISE_ROWS[compromiseOf(one)];
        // A leak names what leaked: it is never a reason to cut more than that.
        expect(one.type === 'credential-exposed' && layer !== 'credential').toBe(false);
      }),
    );
  });

  it('never takes the client secret with the tokens', () => {
    const all = CREDENTIAL_KINDS.map((kind) => ({ kind }));
    expect(familyOf(all).map(({ kind }) => kind)).toEqual(['access-token', 'refresh-token']);
  });
});
