import { ask, ConsoleProblem } from './ask.ts';

// An act that the server wants a person's own hand for: the passkey signs, and the same request goes again.

interface Options {
  readonly publicKey: PublicKeyCredentialRequestOptionsJSON;
  readonly ceremony?: string;
}

/** The answer of the authenticator, as JSON. */
export async function askAuthenticator(
  publicKey: PublicKeyCredentialRequestOptionsJSON,
): Promise<unknown> {
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
  const found = await navigator.credentials.get({ publicKey: options });
  if (found instanceof PublicKeyCredential) return found.toJSON();
  throw new ConsoleProblem(0, {
    code: 'passkey-silent',
    detail: 'the passkey gave no answer',
    remedy: 'Try again, or sign in on the device that holds your passkey.',
  });
}

/** A fresh touch of the passkey: dangerous acts work for some minutes from here. */
export async function reauthenticate(): Promise<void> {
  const path = '/v1/session/fresh';
  const { publicKey, ceremony } = await ask<Options>(`${path}/options`, {
    method: 'POST',
    body: {},
  });
  const credential = await askAuthenticator(publicKey);
  await ask(path, { method: 'POST', body: { ceremony, credential } });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof ConsoleProblem && error.code === code;
}

/** As ask, and does what the server asks for first. */
export async function act<Answer>(path: string, body: unknown, method = 'POST'): Promise<Answer> {
  try {
    return await ask<Answer>(path, { method, body });
  } catch (error) {
    if (!isCode(error, 'reauthentication-needed')) throw error;
    await reauthenticate();
    return await ask<Answer>(path, { method, body });
  }
}

export interface Answered {
  readonly outcome: string;
  readonly reason: string;
  readonly digest: string;
}

/** An answer to a question. Where the server wants it signed, the passkey signs this outcome and this digest. */
export async function answerSigned<Answer>(path: string, answer: Answered): Promise<Answer> {
  try {
    return await act<Answer>(path, answer);
  } catch (error) {
    if (!isCode(error, 'signature-needed')) throw error;
    const { outcome, digest } = answer;
    const { publicKey } = await ask<Options>(`${path}/challenge`, {
      method: 'POST',
      body: { outcome, digest },
    });
    const assertion = await askAuthenticator(publicKey);
    return await act<Answer>(path, { ...answer, assertion });
  }
}
