// Test support for every folder; never imported by the product.
import { createHash, createHmac, randomUUID } from 'node:crypto';
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

/** What the provider knows: its keys, the codes it gave out, and whom it takes the browser for. */
class Issuer {
  readonly grants = new Map<string, Grant>();
  readonly twist: SoftProvider['twist'] = { current: {} };
  readonly user: SoftProvider['user'] = { current: { sub: 'sub-mia' } };
  readonly sendsIssuer: boolean;
  readonly #stranger: Keys;
  keys: Keys;
  keyRequests = 0;
  url = '';

  constructor(sendsIssuer: boolean, keys: Keys, stranger: Keys) {
    this.sendsIssuer = sendsIssuer;
    this.keys = keys;
    this.#stranger = stranger;
  }

  #claims({ nonce }: Grant): Readonly<Record<string, unknown>> {
    const { claims = {}, without = [] } = this.twist.current;
    const { sub, email, verified } = this.user.current;
    const nowS = Math.floor(Date.now() / 1_000);
    const own = { iss: this.url, aud: CLIENT_ID, sub, iat: nowS, exp: nowS + 60, nonce };
    const all = Object.entries({ ...own, email, email_verified: verified, ...claims });
    return Object.fromEntries(all.filter(([name]) => !without.includes(name)));
  }

  async tokenFor(grant: Grant): Promise<string> {
    const { sign } = this.twist.current;
    const payload = this.#claims(grant);
    if (sign === 'none') return `${base64url({ alg: 'none' })}.${base64url(payload)}.`;
    if (sign === 'hmac') {
      const text = `${base64url({ alg: 'HS256', kid: this.keys.kid })}.${base64url(payload)}`;
      return `${text}.${createHmac('sha256', CLIENT_SECRET).update(text).digest('base64url')}`;
    }
    const key = sign === 'stranger' ? this.#stranger.privateKey : this.keys.privateKey;
    const kid = sign === 'unknown-key' ? 'nobody-knows' : this.keys.kid;
    return await new SignJWT(payload).setProtectedHeader({ alg: ALGORITHM, kid }).sign(key);
  }

  async answerToken(request: IncomingMessage): Promise<readonly [number, unknown]> {
    const body = await bodyOf(request);
    const pair = Buffer.from((request.headers.authorization ?? '').slice(6), 'base64').toString();
    const secret = new URLSearchParams(`s=${pair.split(':')[1] ?? ''}`).get('s');
    const code = body.get('code') ?? '';
    const grant = this.grants.get(code);
    this.grants.delete(code);
    const verifier = body.get('code_verifier') ?? '';
    const shown = createHash('sha256').update(verifier).digest('base64url');
    const fits = grant?.challenge === shown && grant.redirectUri === body.get('redirect_uri');
    if (secret !== CLIENT_SECRET || grant === undefined || !fits)
      return [400, { error: 'invalid_grant' }];
    const token = await this.tokenFor(grant);
    return [200, { token_type: 'Bearer', access_token: 'x', id_token: token }];
  }

  /** Where the browser is sent back to. */
  authorize({ searchParams }: URL): string {
    const asked = (name: string): string => searchParams.get(name) ?? '';
    const code = randomUUID();
    this.grants.set(code, {
      challenge: asked('code_challenge'),
      redirectUri: asked('redirect_uri'),
      nonce: asked('nonce'),
    });
    const back = new URL(asked('redirect_uri'));
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked('state'));
    const iss = this.twist.current.iss ?? (this.sendsIssuer ? this.url : undefined);
    if (iss !== undefined) back.searchParams.set('iss', iss);
    return back.href;
  }

  metadata(): object {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      jwks_uri: `${this.url}/keys`,
      authorization_response_iss_parameter_supported: this.sendsIssuer,
    };
  }

  async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const say = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (url.pathname === '/.well-known/openid-configuration') say(200, this.metadata());
    else if (url.pathname === '/keys') {
      this.keyRequests += 1;
      say(200, { keys: [this.keys.jwk] });
    } else if (url.pathname === '/authorize') {
      response.writeHead(303, { location: this.authorize(url) }).end();
    } else {
      const [status, body] = await this.answerToken(request);
      const instead = this.twist.current.answer;
      say(instead?.status ?? status, instead?.body ?? body);
    }
  }
}

async function listen(issuer: Issuer): Promise<void> {
  const server = createServer((request, response) => {
    issuer.respond(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanUp(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  issuer.url = `http://127.0.0.1:${port}`;
}

/** A small OpenID provider: real HTTP, real keys, codes that work once and only with their PKCE verifier. */
export async function startProvider(
  options: Partial<ProviderSettings> & { readonly sendsIssuer?: boolean } = {},
): Promise<SoftProvider> {
  const { sendsIssuer = false, ...given } = options;
  const issuer = new Issuer(sendsIssuer, await makeKeys(), await makeKeys());
  await listen(issuer);
  return {
    settings: {
      name: 'okta',
      title: 'Okta',
      issuer: issuer.url,
      clientId: CLIENT_ID,
      clientSecret: new Secret(CLIENT_SECRET),
      subjects: new Map([['sub-mia', 'mia']]),
      ...given,
    },
    twist: issuer.twist,
    user: issuer.user,
    changeKeys: async () => {
      issuer.keys = await makeKeys();
    },
    keyRequests: () => issuer.keyRequests,
    visit: async (location) => {
      const answer = await fetch(location, { redirect: 'manual' });
      return new URL(answer.headers.get('location') ?? '').searchParams;
    },
  };
}
