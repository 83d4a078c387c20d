import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseRef, valueForms } from './normalise.ts';

const WAYS: readonly (readonly [string, string, string])[] = [
  ['access-key', ' akiaiosfodnn7example ', 'AKIAIOSFODNN7EXAMPLE'],
  ['arn', 'arn:aws:sts::1:assumed-role/deploy/i-123', 'arn:aws:iam::1:role/deploy'],
  ['arn', 'arn:aws:iam::1:user/Bot', 'arn:aws:iam::1:user/Bot'],
  ['client-id', '3F2504E0-4F89-41D3-9A0C-0305E82C3301', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'],
  ['spiffe-id', 'SPIFFE://Prod.Example/ns/Pay', 'spiffe://prod.example/ns/Pay'],
  ['service-account', 'system:serviceaccount:pay:api', 'pay/api'],
  ['role', `'App'@'DB.Example'`, 'App@db.example'],
  ['certificate-serial', '0x00:AB:CD', 'abcd'],
  ['certificate-sha256', 'AB:CD:EF', 'abcdef'],
  ['ssh-fingerprint', 'SHA256:abc+/9==', 'SHA256:abc+/9'],
  ['email', 'Bot@Example.ORG', 'bot@example.org'],
];

describe('a reference', () => {
  it.each(WAYS)('%s %s is kept in one form', (type, written, kept) => {
    expect(normaliseRef({ system: 'x', type, value: written }).value).toBe(kept);
  });

  it('keeps its form when it is normalised again', () => {
    const types = fc.constantFrom(...WAYS.map(([type]) => type), 'identity', 'token');
    fc.assert(
      fc.property(types, fc.string({ minLength: 1 }), (type, value) => {
        const once = normaliseRef({ system: 'x', type, value });
        expect(normaliseRef(once)).toEqual(once);
      }),
    );
  });

  it.each(WAYS)('%s %s is found by its bare value', (_, written, kept) => {
    expect(valueForms(written)).toContain(kept);
  });
});
