import { FirebreakError, LIMITS } from '../kernel/index.ts';
import { signOptions, verifyUse } from './authenticator.ts';
import { hashRecoveryCode } from './codes.ts';
import type { Client, OpenedSession, SignInDoor } from './model.ts';
import {
  begin,
  drawSecret,
  entryOf,
  personOf,
  refuseSuspect,
  reopen,
  userHandleOf,
  type PeopleParts,
} from './parts.ts';
import type { Refusals } from './refusals.ts';
import { keyedHash } from './sealed.ts';
import { deleteLink, findLink, insertLink } from './session-store.ts';
import { openSession } from './sessions.ts';
import { countPasskeys, deleteRecoveryCode, findPasskey, usePasskey } from './store.ts';

function refused(problem: string): FirebreakError {
  return new FirebreakError('sign-in-refused', { problem });
}

/** The device says for whom it is; that must be whom the store knows. */
function checkUserHandle(parts: PeopleParts, person: string, handle: string | undefined): void {
  if (handle !== undefined && handle !== userHandleOf(parts, person))
    throw refused('it is the passkey of somebody else');
}

type Parts = PeopleParts & { readonly refusals: Refusals };

async function byPasskey(
  parts: Parts,
  ...[place, { ceremony: sealed, credential }, client]: Parameters<SignInDoor['signIn']>
): Promise<OpenedSession> {
  const ceremony = reopen(parts, sealed, 'sign-in');
  const passkey = await findPasskey(parts.store, credential.id);
  if (passkey === null) throw refused('this server does not know the passkey');
  const { person } = passkey;
  const tried = { person, method: 'passkey', address: client.address };
  return await parts.refusals.recording(tried, async () => {
    checkUserHandle(parts, person, credential.response.userHandle);
    const use = await verifyUse(place, ceremony.challenge, passkey, credential);
    personOf(parts, person);
    await refuseSuspect(parts, person);
    const used = usePasskey(passkey, use.counter, use.isBackedUp, parts.clock.nowMs());
    const also = { commands: [ceremony.spent, used], entries: [] };
    const who = { person, method: 'passkey', client } as const;
    return await openSession(parts, who, also, () => new FirebreakError('ceremony-spent'));
  });
}

/** A code works once, for its person, and opens a session that can do no more than add a passkey. */
async function recover(
  parts: Parts,
  ...[person, code, client]: Parameters<SignInDoor['recover']>
): Promise<OpenedSession> {
  // The same answer for a person that there is not: nobody is told who there is.
  const spent = (): FirebreakError => refused('this code is not one of that person, or is used up');
  if (parts.rules.person(person) === null) throw spent();
  const { address } = client;
  return await parts.refusals.recording({ person, method: 'recovery', address }, async () => {
    await refuseSuspect(parts, person);
    const hash = hashRecoveryCode(parts.key, person, code);
    const also = {
      commands: [deleteRecoveryCode(person, hash)],
      entries: [entryOf(parts, 'recovery-code.used', `person:${person}`, { person, address })],
    };
    return await openSession(parts, { person, method: 'recovery', client }, also, spent);
  });
}

const LINK = /^[\w-]{43}$/u;

async function createLink(parts: PeopleParts, person: string): Promise<string> {
  personOf(parts, person);
  const code = drawSecret();
  const expiresAtMs = parts.clock.nowMs() + LIMITS.signInCodeLifeMs;
  await parts.store.write([insertLink(keyedHash(parts.key, 'link', code), person, expiresAtMs)]);
  return code;
}

async function followLink(
  parts: PeopleParts,
  code: string,
  client: Client,
): Promise<OpenedSession> {
  const spent = (): FirebreakError => new FirebreakError('sign-in-code-spent');
  const hash = keyedHash(parts.key, 'link', code);
  const person = LINK.test(code) ? await findLink(parts.store, hash, parts.clock.nowMs()) : null;
  if (person === null) throw spent();
  const also = { commands: [deleteLink(hash)], entries: [] };
  return await openSession(parts, { person, method: 'link', client }, also, spent);
}

export function createSignIn(parts: Parts): SignInDoor {
  return {
    askToSignIn: async (place) => {
      const { ceremony, challenge } = begin(parts, { use: 'sign-in', person: null, bound: '' });
      return { ceremony, publicKey: await signOptions(place, challenge, []) };
    },
    signIn: (...given) => byPasskey(parts, ...given),
    recover: (...given) => recover(parts, ...given),
    createLink: (person) => createLink(parts, person),
    followLink: (code, client) => followLink(parts, code, client),
    isFirst: async () => (await countPasskeys(parts.store)) === 0,
  };
}
