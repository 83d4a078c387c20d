// Test support for every folder; never imported by the product.
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { Secret } from '../../kernel/index.ts';
import { cleanUp } from '../../store/testing.ts';
import type { ProviderSettings } from './provider.ts';

/** What a provider may get wrong, or say when it is in the wrong hands. */
export interface ProviderTwist {
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Claims that are left out. */
  readonly without?: readonly string[];
  readonly sign?: 'none' | 'hmac' | 'stranger' | 'unknown-key';
  /** Instead of a token. */
  readonly answer?: { readonly status: number; readonly body: string };
  /** Named in the answer that the browser brings back. */
  readonly iss?: string;
}

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly nonce: string;
}

export interface SoftProvider {
  readonly settings: ProviderSettings;
  readonly twist: { current: ProviderTwist };
  /** Whom the next browser is signed in as there. */
  readonly user: {
    current: { readonly sub: string; readonly email?: string; readonly verified?: boolean };
  };
  /** New keys in the place of the old ones. */
  readonly changeKeys: () => Promise<void>;
  readonly keyRequests: () => number;
  /** What a browser does with the address it was sent to: the parameters it comes back with. */
  readonly visit: (location: string) => Promise<URLSearchParams>;
}

const CLIENT_ID = 'firebreak';
const CLIENT_SECRET = 'a secret: of the test & its provider';
const ALGORITHM = 'ES256';

interface Keys {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

let made = 0;

async function makeKeys(): Promise<Keys> {
  made += 1;
  const kid = `key-${made}`;
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: ALGORITHM } };
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  // Bytes: no encoding was set.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

/** A small OpenID provider: real HTTP, real keys, codes that work once and only with their PKCE verifier. */
export async function startProvider(
  options: Partial<ProviderSettings> & { readonly sendsIssuer?: boolean } = {},
): Promise<SoftProvider> {
  const { sendsIssuer = false, ...given } = options;
  const grants = new Map<string, Grant>();
  const twist: SoftProvider['twist'] = { current: {} };
  const user: SoftProvider['user'] = { current: { sub: 'sub-mia' } };
  let keys = await makeKeys();
  const stranger = await makeKeys();
  let keyRequests = 0;
  let issuer = '';

  const tokenFor = async ({ nonce }: Grant): Promise<string> => {
    const { claims = {}, without = [], sign } = twist.current;
    const nowS = Math.floor(Date.now() / 1_000);
    const { sub, email, verified } = user.current;
    const all: Readonly<Record<string, unknown>> = {
      iss: issuer,
      aud: CLIENT_ID,
      sub,
      iat: nowS,
      exp: nowS + 60,
      nonce,
      email,
      email_verified: verified,
      ...claims,
    };
    const payload = Object.fromEntries(
      Object.entries(all).filter(([name]) => !without.includes(name)),
    );
    if (sign === 'none') return `${base64url({ alg: 'none' })}.${base64url(payload)}.`;
    if (sign === 'hmac') {
      const text = `${base64url({ alg: 'HS256', kid: keys.kid })}.${base64url(payload)}`;
      return `${text}.${createHmac('sha256', CLIENT_SECRET).update(text).digest('base64url')}`;
    }
    const key = sign === 'stranger' ? stranger.privateKey : keys.privateKey;
    const kid = sign === 'unknown-key' ? 'nobody-knows' : keys.kid;
    return await new SignJWT(payload).setProtectedHeader({ alg: ALGORITHM, kid }).sign(key);
  };

  const answerToken = async (request: IncomingMessage): Promise<readonly [number, unknown]> => {
    const body = await bodyOf(request);
    const pair = Buffer.from((request.headers.authorization ?? '').slice(6), 'base64').toString();
    const secret = new URLSearchParams(`s=${pair.split(':')[1] ?? ''}`).get('s');
    const grant = grants.get(body.get('code') ?? '');
    grants.delete(body.get('code') ?? '');
    const verifier = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url');
    const fits = grant?.challenge === verifier && grant.redirectUri === body.get('redirect_uri');
    if (secret !== CLIENT_SECRET || grant === undefined || !fits)
      return [400, { error: 'invalid_grant' }];
    return [200, { token_type: 'Bearer', access_token: 'x', id_token: await tokenFor(grant) }];
  };

  const authorize = (url: URL): string => {
    const asked = (name: string): string => url.searchParams.get(name) ?? '';
    const code = `code-${grants.size}-${Math.random()}`;
    grants.set(code, {
      challenge: asked('code_challenge'),
      redirectUri: asked('redirect_uri'),
      nonce: asked('nonce'),
    });
    const back = new URL(asked('redirect_uri'));
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked('state'));
    const iss = twist.current.iss ?? (sendsIssuer ? issuer : undefined);
    if (iss !== undefined) back.searchParams.set('iss', iss);
    return back.href;
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', issuer);
    const say = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (url.pathname === '/.well-known/openid-configuration') {
      say(200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        authorization_response_iss_parameter_supported: sendsIssuer,
      });
    } else if (url.pathname === '/keys') {
      keyRequests += 1;
      say(200, { keys: [keys.jwk] });
    } else if (url.pathname === '/authorize') {
      response.writeHead(303, { location: authorize(url) }).end();
    } else {
      const [status, body] = await answerToken(request);
      const instead = twist.current.answer;
      say(instead?.status ?? status, instead?.body ?? body);
    }
  };

  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanUp(() => server.close());
  const address = server.address();
  issuer = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    settings: {
      name: 'okta',
      title: 'Okta',
      issuer,
      clientId: CLIENT_ID,
      clientSecret: new Secret(CLIENT_SECRET),
      subjects: new Map([['sub-mia', 'mia']]),
      ...given,
    },
    twist,
    user,
    changeKeys: async () => {
      keys = await makeKeys();
    },
    keyRequests: () => keyRequests,
    visit: async (location) => {
      const answer = await fetch(location, { redirect: 'manual' });
      return new URL(answer.headers.get('location') ?? '').searchParams;
    },
  };
}
