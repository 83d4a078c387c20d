// Test support for every folder; never imported by the product.
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What an authenticator may get wrong, or an attacker may do with one. */
export interface Twist {
  readonly type?: string;
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly flags?: number;
  /** Instead of the next one. */
  readonly counter?: number;
  readonly crossOrigin?: boolean;
  readonly userHandle?: string;
  /** Signed with the key of somebody else. */
  readonly key?: KeyObject;
  readonly algorithm?: number;
}

type CborKey = string | number;
type Cbor = CborKey | Uint8Array | ReadonlyMap<CborKey, Cbor>;

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.of((major << 5) | length);
  if (length < 256) return Buffer.of((major << 5) | 24, length);
  return Buffer.of((major << 5) | 25, length >> 8, length & 0xff);
}

/** Canonical CBOR of what authenticators send: integers, texts, bytes, maps. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([head(3, text.length), text]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  const members = [...value].map(([name, member]) => Buffer.concat([cbor(name), cbor(member)]));
  return Buffer.concat([head(5, value.size), ...members]);
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

function coordinate(key: KeyObject, name: 'x' | 'y'): Buffer {
  return Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url');
}

/** COSE_Key of an ES256 key (RFC 9053, 7.1). */
function coseKey(key: KeyObject, algorithm: number): Buffer {
  return cbor(
    new Map<CborKey, Cbor>([
      [1, 2],
      [3, algorithm],
      [-1, 1],
      [-2, coordinate(key, 'x')],
      [-3, coordinate(key, 'y')],
    ]),
  );
}

const PRESENT = 0x01;
const VERIFIED = 0x04;
const ATTESTED = 0x40;
const ES256 = -7;

export interface CreationAsked {
  readonly challenge: string;
  readonly user: { readonly id: string };
}

export interface RequestAsked {
  readonly challenge: string;
}

/** A device in software: real keys, real CBOR, the layouts of WebAuthn Level 3 (6.1 and 6.5.1). */
export interface SoftAuthenticator {
  readonly credential: string;
  readonly create: (asked: CreationAsked, twist?: Twist) => SoftRegistration;
  readonly get: (asked: RequestAsked, twist?: Twist) => SoftAssertion;
}

interface SoftCredential<Response> {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly clientExtensionResults: Record<string, never>;
  readonly response: Response;
}
export type SoftRegistration = SoftCredential<{
  readonly clientDataJSON: string;
  readonly attestationObject: string;
  readonly transports: string[];
}>;
export type SoftAssertion = SoftCredential<{
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
  readonly userHandle: string;
}>;

export function createAuthenticator(place: {
  readonly rpId: string;
  readonly origin: string;
}): SoftAuthenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  const credential = id.toString('base64url');
  let counter = 0;
  let user = '';
  const clientData = (type: string, challenge: string, twist: Twist): Buffer =>
    Buffer.from(
      JSON.stringify({
        type: twist.type ?? type,
        challenge: twist.challenge ?? challenge,
        origin: twist.origin ?? place.origin,
        crossOrigin: twist.crossOrigin ?? false,
      }),
    );
  const authenticatorData = (flags: number, twist: Twist, attested = Buffer.alloc(0)): Buffer => {
    counter = twist.counter ?? counter + 1;
    const fixed = Buffer.alloc(37);
    sha256(twist.rpId ?? place.rpId).copy(fixed);
    fixed.writeUInt8(twist.flags ?? flags, 32);
    fixed.writeUInt32BE(counter, 33);
    return Buffer.concat([fixed, attested]);
  };
  const whole = <Response>(response: Response): SoftCredential<Response> => ({
    id: credential,
    rawId: credential,
    type: 'public-key',
    clientExtensionResults: {},
    response,
  });
  return {
    credential,
    create: (asked, twist = {}) => {
      user = asked.user.id;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const key = coseKey(publicKey, twist.algorithm ?? ES256);
      const attested = Buffer.concat([Buffer.alloc(16), length, id, key]);
      const data = authenticatorData(PRESENT | VERIFIED | ATTESTED, twist, attested);
      const statement = new Map<CborKey, Cbor>([
        ['fmt', 'none'],
        ['attStmt', new Map<CborKey, Cbor>()],
        ['authData', data],
      ]);
      return whole({
        clientDataJSON: clientData('webauthn.create', asked.challenge, twist).toString('base64url'),
        attestationObject: cbor(statement).toString('base64url'),
        transports: ['internal'],
      });
    },
    get: (asked, twist = {}) => {
      const client = clientData('webauthn.get', asked.challenge, twist);
      const data = authenticatorData(PRESENT | VERIFIED, twist);
      const signed = Buffer.concat([data, sha256(client)]);
      return whole({
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', signed, twist.key ?? privateKey).toString('base64url'),
        userHandle: twist.userHandle ?? user,
      });
    },
  };
}
