import { queryOptions } from '@tanstack/react-query';
import type {
  PasskeyAnswer,
  PersonAnswer,
  SessionAnswer,
  SignInAnswer,
} from '../../../src/api/contract/index.ts';
import { act, askAuthenticator } from './act.ts';
import { ask, ConsoleProblem } from './ask.ts';

// Signing in, and what somebody keeps for it. The server's routes for people, one function each.

export const signInQuery = queryOptions({
  queryKey: ['sign-in'],
  queryFn: () => ask<SignInAnswer>('/v1/sign-in'),
});

/** Null for a token: it has no session. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () =>
    await ask<SessionAnswer>('/v1/session').catch((error: unknown) => {
      if (error instanceof ConsoleProblem && error.status < 500 && error.status !== 401)
        return null;
      throw error;
    }),
});

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async () =>
    (await ask<{ readonly sessions: readonly SessionAnswer[] }>('/v1/sessions')).sessions,
});

export interface Passkeys {
  readonly passkeys: readonly PasskeyAnswer[];
  readonly recoveryCodesLeft: number;
}

export const passkeysQuery = queryOptions({
  queryKey: ['passkeys'],
  queryFn: () => ask<Passkeys>('/v1/passkeys'),
});

export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: async () =>
    (await ask<{ readonly people: readonly PersonAnswer[] }>('/v1/people')).people,
});

export async function signInWithPasskey(): Promise<SessionAnswer> {
  const path = '/v1/sign-in/passkey';
  const { ceremony, publicKey } = await ask<{
    readonly ceremony: string;
    readonly publicKey: PublicKeyCredentialRequestOptionsJSON;
  }>(`${path}/options`, { method: 'POST', body: {} });
  const credential = await askAuthenticator(publicKey);
  return await ask<SessionAnswer>(path, { method: 'POST', body: { ceremony, credential } });
}

export async function signInWithCode(person: string, code: string): Promise<SessionAnswer> {
  const body = { person, code };
  return await ask<SessionAnswer>('/v1/sign-in/recovery', { method: 'POST', body });
}

interface Enrolment {
  readonly ceremony: string;
  readonly publicKey: PublicKeyCredentialCreationOptionsJSON;
}

async function makePasskey(publicKey: Enrolment['publicKey']): Promise<unknown> {
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
  const made = await navigator.credentials.create({ publicKey: options });
  if (made instanceof PublicKeyCredential) return made.toJSON();
  throw new ConsoleProblem(0, {
    code: 'passkey-silent',
    detail: 'no passkey was made',
    remedy: 'Try again, or use another device.',
  });
}

export interface Enrolled {
  readonly recoveryCodes: readonly string[];
}

/** The first passkey of somebody who was invited. */
export async function acceptInvitation(
  invitation: string,
  person: string | null,
  name: string,
): Promise<Enrolled> {
  const path = '/v1/invitations/passkey';
  const asked = { invitation, ...(person === null ? {} : { person }) };
  const { ceremony, publicKey } = await ask<Enrolment>(`${path}/options`, {
    method: 'POST',
    body: asked,
  });
  const credential = await makePasskey(publicKey);
  return await ask<Enrolled>(path, {
    method: 'POST',
    body: { invitation, ceremony, name, credential },
  });
}

/** Another one, for somebody who is signed in. */
export async function addPasskey(name: string): Promise<Enrolled> {
  const { ceremony, publicKey } = await act<Enrolment>('/v1/passkeys/options', {});
  const credential = await makePasskey(publicKey);
  return await act<Enrolled>('/v1/passkeys', { ceremony, name, credential });
}
