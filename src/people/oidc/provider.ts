import {
  createRemoteJWKSet,
  customFetch,
  jwtVerify,
  type JWTPayload,
  type RemoteJWKSet,
} from 'jose';
import {
  FirebreakError,
  LIMITS,
  messageOf,
  reveal,
  type Clock,
  type Secret,
} from '../../kernel/index.ts';

// One OpenID provider: what it says of itself, its keys, and what a code is worth there.

export interface ProviderSettings {
  /** Also the name of the channel that is marked as suspect. */
  readonly name: string;
  readonly title: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret | null;
  /** Subject -> person; beside the verified e-mail address. */
  readonly subjects: ReadonlyMap<string, string>;
  /** How long its keys are kept, and how often an unknown one is asked for; tests have less time. */
  readonly keys?: { readonly ageMs: number; readonly cooldownMs: number };
}

interface Metadata {
  readonly issuer: string;
  readonly authorization: string;
  readonly token: string;
  readonly keys: string;
  readonly sendsIssuer: boolean;
  readonly wantsSecretInBody: boolean;
}

export interface Provider {
  readonly settings: ProviderSettings;
  readonly authorization: (query: Readonly<Record<string, string>>) => Promise<string>;
  /** The claims of the token that the code was given for, checked. */
  readonly exchange: (code: CodeOrder) => Promise<JWTPayload>;
  /** What came back names this provider, where it says that it would (RFC 9207). */
  readonly checkIssuer: (issuer: string | null) => Promise<void>;
}

export interface CodeOrder {
  readonly code: string;
  readonly redirectUri: string;
  readonly verifier: string;
  readonly nonce: string;
}

/** INVARIANT: no symmetric algorithm and no `none`: the client's secret signs nobody in. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

function unavailable(provider: string, problem: string, cause?: unknown): FirebreakError {
  return new FirebreakError('oidc-unavailable', { provider, problem }, cause);
}

export function refusedBy(provider: string, problem: string, cause?: unknown): FirebreakError {
  return new FirebreakError('oidc-refused', { provider, problem: problem.slice(0, 200) }, cause);
}

/** In clear only to this machine itself. */
function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

async function readBounded(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > LIMITS.oidcAnswerBytesMax) throw new Error('its answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function askJson(
  provider: string,
  url: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  try {
    const signal = AbortSignal.timeout(LIMITS.oidcTimeoutMs);
    const answer = await fetch(url, { ...init, redirect: 'error', signal });
    const body: unknown = JSON.parse(await readBounded(answer));
    // An object of unknown members; each is looked at before it is used.
    return { status: answer.status, body: Object(body) as Readonly<Record<string, unknown>> };
  } catch (error) {
    throw unavailable(provider, messageOf(error), error);
  }
}

function textOf(body: Readonly<Record<string, unknown>>, member: string): string {
  const value = body[member];
  return typeof value === 'string' ? value : '';
}

async function discover({ name, issuer }: ProviderSettings): Promise<Metadata> {
  if (!isSafe(issuer)) throw unavailable(name, 'its issuer is not https');
  const url = `${issuer.replace(/\/$/u, '')}/.well-known/openid-configuration`;
  const { status, body } = await askJson(name, url);
  if (status !== 200) throw unavailable(name, `it answers ${status} at ${url}`);
  const metadata = {
    issuer: textOf(body, 'issuer'),
    authorization: textOf(body, 'authorization_endpoint'),
    token: textOf(body, 'token_endpoint'),
    keys: textOf(body, 'jwks_uri'),
  };
  if (metadata.issuer !== issuer) throw unavailable(name, 'it says that it is another issuer');
  const places = [metadata.authorization, metadata.token, metadata.keys];
  if (!places.every(isSafe)) throw unavailable(name, 'one of its addresses is not https');
  const methods = body['token_endpoint_auth_methods_supported'];
  const known: readonly unknown[] = Array.isArray(methods) ? methods : ['client_secret_basic'];
  return {
    ...metadata,
    sendsIssuer: body['authorization_response_iss_parameter_supported'] === true,
    wantsSecretInBody:
      !known.includes('client_secret_basic') && known.includes('client_secret_post'),
  };
}

/** The form encoding of RFC 6749, 2.3.1. */
function formEncoded(text: string): string {
  return new URLSearchParams({ text }).toString().slice('text='.length);
}

function tokenRequest(
  { clientId, clientSecret }: ProviderSettings,
  { code, redirectUri, verifier }: CodeOrder,
  wantsSecretInBody: boolean,
): RequestInit {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const headers = new Headers({ accept: 'application/json' });
  if (clientSecret === null) body.set('client_id', clientId);
  else if (wantsSecretInBody) {
    body.set('client_id', clientId);
    body.set('client_secret', reveal(clientSecret));
  } else {
    const pair = `${formEncoded(clientId)}:${formEncoded(reveal(clientSecret))}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  }
  return { method: 'POST', headers, body };
}

/** Metadata is kept for an hour, and asked for again when asking failed. */
export function createProvider(settings: ProviderSettings, clock: Clock): Provider {
  const { name, issuer, clientId } = settings;
  let kept: { readonly metadata: Promise<Metadata>; readonly untilMs: number } | null = null;
  let keySet: { readonly url: string; readonly keys: RemoteJWKSet } | null = null;
  const metadata = (): Promise<Metadata> => {
    const nowMs = clock.nowMs();
    if (kept !== null && kept.untilMs > nowMs) return kept.metadata;
    const asked = discover(settings);
    kept = { metadata: asked, untilMs: nowMs + LIMITS.oidcMetadataAgeMs };
    asked.catch(() => {
      kept = null;
    });
    return asked;
  };
  const keysAt = (url: string): RemoteJWKSet => {
    if (keySet?.url !== url) keySet = { url, keys: remoteKeys(settings, url) };
    return keySet.keys;
  };
  return {
    settings,
    authorization: async (query) => {
      const url = new URL((await metadata()).authorization);
      for (const [member, value] of Object.entries(query)) url.searchParams.set(member, value);
      return url.href;
    },
    checkIssuer: async (given) => {
      const { sendsIssuer } = await metadata();
      if (given === null ? sendsIssuer : given !== issuer)
        throw refusedBy(name, 'the answer is of another issuer');
    },
    exchange: async (order) => {
      const { token, keys, wantsSecretInBody } = await metadata();
      const request = tokenRequest(settings, order, wantsSecretInBody);
      const { status, body } = await askJson(name, token, request);
      if (status !== 200) throw refusedBy(name, `it refused the code (${textOf(body, 'error')})`);
      const claims = await verifyToken(name, textOf(body, 'id_token'), keysAt(keys), {
        issuer,
        audience: clientId,
        nowMs: clock.nowMs(),
      });
      if (claims['nonce'] !== order.nonce)
        throw refusedBy(name, 'its token is for another sign-in');
      return claims;
    },
  };
}

function remoteKeys({ name, keys }: ProviderSettings, url: string): RemoteJWKSet {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: LIMITS.oidcTimeoutMs,
    cacheMaxAge: keys?.ageMs ?? LIMITS.oidcKeysAgeMs,
    cooldownDuration: keys?.cooldownMs ?? LIMITS.oidcKeysCooldownMs,
    [customFetch]: async (from) => {
      const { status, body } = await askJson(name, from);
      return Response.json(body, { status });
    },
  });
}

async function verifyToken(
  name: string,
  token: string,
  keys: RemoteJWKSet,
  expected: { readonly issuer: string; readonly audience: string; readonly nowMs: number },
): Promise<JWTPayload> {
  const { issuer, audience, nowMs } = expected;
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      currentDate: new Date(nowMs),
      clockTolerance: LIMITS.oidcClockToleranceMs / 1_000,
      maxTokenAge: LIMITS.ceremonyLifeMs / 1_000,
      requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
    });
    const { aud, azp } = payload;
    // A token that is also for others was made for the one it names.
    if ((Array.isArray(aud) && aud.length > 1) || azp !== undefined) {
      if (azp !== audience) throw new Error('it was made for another client');
    }
    return payload;
  } catch (error) {
    if (error instanceof FirebreakError) throw error;
    throw refusedBy(name, `its token does not hold: ${messageOf(error)}`, error);
  }
}
