import { createPublicKey } from 'node:crypto';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';
import { FirebreakError, LIMITS, messageOf } from '../kernel/index.ts';
import type { Place, RosterPerson } from './model.ts';
import type { StoredPasskey } from './store.ts';

// What is asked of authenticators, and what their answers are worth. The only file that knows the library.

/** What node can check without the library, so that an approval can be checked years later: ES256, Ed25519, RS256. */
const ALGORITHMS = [-7, -8, -257];

type Transports = NonNullable<
  NonNullable<PublicKeyCredentialRequestOptionsJSON['allowCredentials']>[number]['transports']
>;

function describe(passkey: StoredPasskey): {
  readonly id: string;
  readonly transports: Transports;
} {
  // What the authenticator said of itself at enrolment; browsers ignore words they do not know.
  return { id: passkey.credential, transports: [...passkey.transports] as Transports };
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64url, 'base64url'));
}

function base64url(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? new Uint8Array()).toString('base64url');
}

/** With a passkey that knows who it is for (a person types no name), of a device that verifies its person. */
export async function enrolOptions(
  place: Place,
  challenge: string,
  who: RosterPerson & { readonly userHandle: string },
  known: readonly StoredPasskey[],
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return await generateRegistrationOptions({
    rpName: 'Firebreak',
    rpID: place.rpId,
    userName: who.person,
    userDisplayName: who.name,
    userID: bytesOf(who.userHandle),
    challenge: bytesOf(challenge),
    timeout: LIMITS.ceremonyLifeMs,
    attestationType: 'none',
    excludeCredentials: known.map(describe),
    supportedAlgorithmIDs: ALGORITHMS,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
}

/** Nobody named: the device offers what it has for this server. */
export async function signOptions(
  place: Place,
  challenge: string,
  allowed: readonly StoredPasskey[],
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return await generateAuthenticationOptions({
    rpID: place.rpId,
    challenge: bytesOf(challenge),
    timeout: LIMITS.ceremonyLifeMs,
    userVerification: 'required',
    ...(allowed.length === 0 ? {} : { allowCredentials: allowed.map(describe) }),
  });
}

export interface NewKey {
  readonly credential: string;
  readonly coseKey: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly isBackedUp: boolean;
  readonly transports: readonly string[];
}

function jwkOf(key: cose.COSEPublicKey): { readonly [name: string]: string } | null {
  const { x, y, n, e } = cose.COSEKEYS;
  if (cose.isCOSEPublicKeyEC2(key))
    return { kty: 'EC', crv: 'P-256', x: base64url(key.get(x)), y: base64url(key.get(y)) };
  if (cose.isCOSEPublicKeyOKP(key)) return { kty: 'OKP', crv: 'Ed25519', x: base64url(key.get(x)) };
  if (cose.isCOSEPublicKeyRSA(key))
    return { kty: 'RSA', n: base64url(key.get(n)), e: base64url(key.get(e)) };
  return null;
}

/** A point that is not on its curve is refused here. */
function spkiOf(coseKey: Uint8Array<ArrayBuffer>): string {
  const jwk = jwkOf(decodeCredentialPublicKey(coseKey));
  if (jwk === null) throw new FirebreakError('passkey-unfit', { problem: 'its key is unknown' });
  const der = createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'der', type: 'spki' });
  return der.toString('base64url');
}

export async function verifyEnrolment(
  place: Place,
  challenge: string,
  response: RegistrationResponseJSON,
): Promise<NewKey> {
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: place.origin,
      expectedRPID: place.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (registrationInfo === undefined) throw new Error('its statement does not hold');
    const { credential, credentialBackedUp } = registrationInfo;
    return {
      credential: credential.id,
      coseKey: base64url(credential.publicKey),
      publicKey: spkiOf(credential.publicKey),
      counter: credential.counter,
      isBackedUp: credentialBackedUp,
      transports: (response.response.transports ?? [])
        .filter((word) => /^[a-z-]{1,20}$/u.test(word))
        .slice(0, 10),
    };
  } catch (error) {
    if (error instanceof FirebreakError) throw error;
    throw new FirebreakError('passkey-unfit', { problem: shortly(error) }, error);
  }
}

export interface Use {
  readonly counter: number;
  readonly isBackedUp: boolean;
}

/** That this passkey answered this challenge here, with its person verified, and later than ever before. */
export async function verifyUse(
  place: Place,
  challenge: string,
  passkey: StoredPasskey,
  response: AuthenticationResponseJSON,
): Promise<Use> {
  try {
    refuseForeignPage(response);
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: place.origin,
      expectedRPID: place.rpId,
      requireUserVerification: true,
      credential: {
        id: passkey.credential,
        publicKey: bytesOf(passkey.coseKey),
        counter: passkey.counter,
      },
    });
    if (!verified) throw new Error('its signature is not of this passkey');
    const { newCounter: counter, credentialBackedUp: isBackedUp } = authenticationInfo;
    return { counter, isBackedUp };
  } catch (error) {
    throw new FirebreakError('sign-in-refused', { problem: shortly(error) }, error);
  }
}

/** Browsers that do not name the outer page say at least that there is one. */
function refuseForeignPage({ response }: AuthenticationResponseJSON): void {
  const client: unknown = JSON.parse(
    Buffer.from(response.clientDataJSON, 'base64url').toString('utf8'),
  );
  if (Object(client)['crossOrigin'] === true)
    throw new Error('it was made inside the page of somebody else');
}

const PROBLEM_LENGTH_MAX = 200;

/** The library names what it expected and what it got: none of it is secret, all of it is bounded. */
function shortly(error: unknown): string {
  return messageOf(error).slice(0, PROBLEM_LENGTH_MAX).toWellFormed();
}
