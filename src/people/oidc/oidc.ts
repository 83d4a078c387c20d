import type { JWTPayload } from 'jose';
import { FirebreakError, sha256 } from '../../kernel/index.ts';
import type { OidcDoor, OpenedSession, ProviderStatus } from '../model.ts';
import { begin, drawSecret, refuseSuspect, reopen, type PeopleParts } from '../parts.ts';
import type { Refusals } from '../refusals.ts';
import { keyedHash } from '../sealed.ts';
import { openSession } from '../sessions.ts';
import { createProvider, refusedBy, type Provider, type ProviderSettings } from './provider.ts';

/** Both follow from the question, so that they need not be kept; neither can be told without the key. */
function secretsOf({ key }: PeopleParts, ceremony: string): { nonce: string; verifier: string } {
  return {
    nonce: keyedHash(key, 'oidc-nonce', ceremony),
    verifier: keyedHash(key, 'oidc-verifier', ceremony),
  };
}

function boundTo(provider: string, browser: string): string {
  return `${provider} ${sha256(browser).toString('base64url')}`;
}

async function refuseSuspectProvider({ rules }: PeopleParts, provider: string): Promise<void> {
  const { channels } = await rules.suspects();
  if (channels.includes(provider)) throw new FirebreakError('oidc-provider-suspect', { provider });
}

async function beginAt(
  parts: PeopleParts,
  provider: Provider,
  redirectUri: string,
): Promise<{ readonly location: string; readonly browser: string }> {
  const { name, clientId } = provider.settings;
  await refuseSuspectProvider(parts, name);
  const browser = drawSecret();
  const { ceremony } = begin(parts, { use: 'oidc', person: null, bound: boundTo(name, browser) });
  const { nonce, verifier } = secretsOf(parts, ceremony);
  const location = await provider.authorization({
    response_type: 'code',
    scope: 'openid email',
    client_id: clientId,
    redirect_uri: redirectUri,
    state: ceremony,
    nonce,
    code_challenge: sha256(verifier).toString('base64url'),
    code_challenge_method: 'S256',
  });
  return { location, browser };
}

/** A declared subject, or an address that the provider says it has verified. */
function personIn(
  { rules }: PeopleParts,
  { name, subjects }: ProviderSettings,
  claims: JWTPayload,
): string {
  const { sub, email, email_verified: isVerified } = claims;
  const declared = sub === undefined ? undefined : subjects.get(sub);
  const byAddress =
    isVerified === true && typeof email === 'string' ? rules.byAddress(email) : null;
  const person = declared ?? byAddress;
  if (person === null || rules.person(person) === null)
    throw new FirebreakError('oidc-person-unknown', { provider: name });
  return person;
}

async function finishAt(
  parts: PeopleParts,
  provider: Provider,
  ...[redirectUri, answer, browser, client]: FinishOrder
): Promise<OpenedSession> {
  const { settings } = provider;
  const { name } = settings;
  const state = answer.get('state') ?? '';
  const ceremony = reopen(parts, state, 'oidc');
  // What begins in one browser ends in it: nobody is signed in as somebody else by a link.
  if (browser === null || ceremony.bound !== boundTo(name, browser))
    throw refusedBy(name, 'it was begun in another browser');
  await refuseSuspectProvider(parts, name);
  await provider.checkIssuer(answer.get('iss'));
  const code = answer.get('code');
  if (code === null || answer.has('error'))
    throw refusedBy(name, `it answered ${answer.get('error') ?? 'nothing'}`);
  const order = { code, redirectUri, ...secretsOf(parts, state) };
  const claims = await provider.exchange(order);
  const person = personIn(parts, settings, claims);
  await refuseSuspect(parts, person);
  const also = { commands: [ceremony.spent], entries: [] };
  const who = { person, method: 'oidc', provider: name, client } as const;
  return await openSession(parts, who, also, () => new FirebreakError('ceremony-spent'));
}

type FinishOrder =
  Parameters<OidcDoor['finish']> extends readonly [string, ...infer Rest] ? Rest : never;

export function createOidc(
  parts: PeopleParts & { readonly refusals: Refusals },
  configured: readonly ProviderSettings[],
): OidcDoor {
  const providers = new Map(
    configured.map((settings) => [settings.name, createProvider(settings, parts.clock)]),
  );
  const providerOf = (name: string): Provider => {
    const found = providers.get(name);
    if (found === undefined) throw new FirebreakError('oidc-unknown', { provider: name });
    return found;
  };
  return {
    providers: async () => {
      const { channels } = await parts.rules.suspects();
      return configured.map<ProviderStatus>(({ name, title }) => ({
        name,
        title,
        problem: channels.includes(name) ? `${name} is marked as suspect` : null,
      }));
    },
    begin: async (name, redirectUri) => await beginAt(parts, providerOf(name), redirectUri),
    finish: async (name, ...order) => {
      const [, , , { address }] = order;
      const provider = providerOf(name);
      const tried = { person: null, method: 'oidc', provider: name, address };
      return await parts.refusals.recording(tried, () => finishAt(parts, provider, ...order));
    },
  };
}
