import { expect, it } from 'vitest';
import { challengeOf, writeApproval, type SignedApproval } from './assertion.ts';
import { createApprovalCheck } from './check.ts';
import { generateKeyPairSync, createHash, sign } from 'node:crypto';

const place = { rpId: 'firebreak.example', origin: 'https://firebreak.example' };
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64url');

/** Of an Ed25519 device, by hand: the check does not know the library that enrolled it. */
function approvalOf(
  changed: Partial<SignedApproval> = {},
  flags = 0x05,
  client = {},
): SignedApproval {
  const approval = { subject: 'dec_1', outcome: 'approve', digest: 'sha256:ab', ...changed };
  const data = Buffer.alloc(37);
  createHash('sha256').update(place.rpId).digest().copy(data);
  data.writeUInt8(flags, 32);
  const clientData = Buffer.from(
    JSON.stringify({
      type: 'webauthn.get',
      challenge: challengeOf(approval),
      origin: place.origin,
      ...client,
    }),
  );
  const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()]);
  return {
    ...place,
    person: 'mia',
    passkey: 'pky_1',
    credential: 'c',
    publicKey: spki,
    authenticatorData: data.toString('base64url'),
    clientDataJSON: clientData.toString('base64url'),
    signature: sign(null, signed, privateKey).toString('base64url'),
    ...approval,
  };
}

const enrolment = {
  kind: 'passkey.enrolled',
  data: { passkey: 'pky_1', person: 'mia', publicKey: spki },
};

function entryOf(
  assertion: SignedApproval,
  changed: object = {},
  kind = 'decision.supported',
): object {
  const vote = { person: 'mia', as: 'decider', atMs: 1 };
  const data = { decision: 'dec_1', vote, reason: 'r', digest: 'sha256:ab', ...changed };
  return { kind, data: { ...data, assertion: writeApproval(assertion) } };
}

function check(...entries: readonly object[]): readonly (string | null)[] {
  return entries.map((entry) => JSON.stringify(entry)).map(createApprovalCheck());
}

it('holds for what the passkey of that person signed', () => {
  const rejected = approvalOf({ outcome: 'reject' });
  const no = { outcome: 'rejected', by: 'mia' };
  const card = { card: 'qcd_1', outcome: 'approve', by: 'mia' };
  const proposal = { proposal: 'prp_1', outcome: 'sign', person: 'mia' };
  expect(
    check(
      enrolment,
      entryOf(approvalOf()),
      entryOf(rejected, no, 'decision.decided'),
      entryOf(approvalOf({ subject: 'qcd_1' }), card, 'card.answered'),
      entryOf(approvalOf({ subject: 'prp_1', outcome: 'sign' }), proposal, 'charter.signed'),
    ),
  ).toEqual([null, null, null, null, null]);
});

it('finds whatever was signed by nobody, by another, or for something else', () => {
  const fine = approvalOf();
  const wrong = [
    [entryOf(fine, { digest: 'sha256:cd' }), 'another answer'],
    [entryOf(fine, { decision: 'dec_2' }), 'another answer'],
    [entryOf(fine, { vote: { person: 'eve' } }), 'another person'],
    [entryOf({ ...fine, person: 'eve' }, { vote: { person: 'eve' } }), 'another person'],
    [entryOf(approvalOf({ publicKey: 'AAAA' })), 'another public key'],
    [entryOf(approvalOf({ passkey: 'pky_2' })), 'not enrolled before'],
    [entryOf({ ...fine, signature: 'AAAA' }), 'not of that passkey'],
    [entryOf({ ...fine, rpId: 'evil.example' }), 'another server'],
    [entryOf({ ...fine, origin: 'https://evil.example' }), 'another page'],
    [entryOf({ ...fine, clientDataJSON: 'AAAA' }), 'cannot be read'],
    [entryOf({ ...fine, authenticatorData: 'AAAA' }), 'too short'],
    [entryOf(approvalOf({}, 0x01)), 'not verified'],
    [entryOf(approvalOf({}, 0x04)), 'not verified'],
    [entryOf(approvalOf({}, 0x05, { type: 'webauthn.create' })), 'something else'],
    [entryOf(approvalOf({}, 0x05, { challenge: 'x' })), 'another approval'],
    [entryOf(approvalOf({}, 0x05, { crossOrigin: true })), 'somebody else'],
    [{ kind: 'decision.supported', data: { assertion: { signature: 1 } } }, 'cannot be read'],
  ] as const;
  for (const [entry, problem] of wrong) {
    const [, found] = check(enrolment, entry);
    expect(found, JSON.stringify(entry)).toContain(problem);
  }
  expect(check(entryOf(fine), enrolment)[0]).toContain('not enrolled before');
});
