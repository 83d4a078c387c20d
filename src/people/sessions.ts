import { FirebreakError, LIMITS, type Id } from '../kernel/index.ts';
import { appendCommands } from '../ledger/index.ts';
import type { Command } from '../store/index.ts';
import { signOptions, verifyUse } from './authenticator.ts';
import type {
  Client,
  OpenedSession,
  Session,
  SessionDoor,
  SignedIn,
  SignInMethod,
  Standing,
} from './model.ts';
import { begin, drawSecret, entryOf, orElse, reopen, written, type PeopleParts } from './parts.ts';
import { keyedHash } from './sealed.ts';
import {
  deleteLinksOf,
  deleteSession,
  deleteSessionsOf,
  findSession,
  forgetLinks,
  forgetSessions,
  forgetSpent,
  insertSession,
  listSessionsOf,
  renewSession,
  touchSession,
  type StoredSession,
} from './session-store.ts';
import { findPasskey, listPasskeysOf, signedInCommand, usePasskey } from './store.ts';

const TEXT = /^fbs_[\w-]{43}$/u;

function drawText(): string {
  return `fbs_${drawSecret()}`;
}

function hashOf({ key }: PeopleParts, text: string): string {
  return keyedHash(key, 'session', text);
}

const FRESH_MS: Readonly<Record<SignInMethod, number>> = {
  passkey: LIMITS.sessionFreshMs,
  recovery: LIMITS.recoveryFreshMs,
  // INVARIANT: the word of a provider alone never allows a dangerous act.
  oidc: 0,
  link: 0,
};

/** Signs somebody in: everything in one commit with `also`, under a text that was never known before. */
export async function openSession(
  parts: PeopleParts,
  who: {
    readonly person: string;
    readonly method: SignInMethod;
    readonly provider?: string;
    readonly client: Client;
  },
  also: { readonly commands: readonly Command[]; readonly entries: readonly Entry[] },
  refusal: () => FirebreakError,
): Promise<OpenedSession> {
  const { person, method, provider = null, client } = who;
  const nowMs = parts.clock.nowMs();
  const session: Session = {
    id: parts.ids.next('session'),
    person,
    method,
    provider,
    startedAtMs: nowMs,
    lastSeenMs: nowMs,
    endsAtMs: nowMs + LIMITS.sessionLifeMs,
    freshUntilMs: nowMs + FRESH_MS[method],
    ...client,
  };
  const text = drawText();
  const entry = entryOf(parts, 'person.signed-in', `person:${person}`, {
    person,
    session: session.id,
    method,
    provider,
    address: client.address,
  });
  const commands = [
    ...also.commands,
    forgetSessions(nowMs, nowMs - LIMITS.sessionIdleMs),
    forgetSpent(nowMs),
    forgetLinks(nowMs),
    ...(await surplusOf(parts, person)),
    insertSession(hashOf(parts, text), session),
    signedInCommand(person, nowMs),
  ];
  await orElse(parts.ledger.append([...also.entries, entry], commands), refusal);
  return { text, signedIn: await whole(parts, text) };
}

type Entry = Parameters<typeof appendCommands>[0][number];

/** Room for one more. */
async function surplusOf({ store }: PeopleParts, person: string): Promise<readonly Command[]> {
  const kept = await listSessionsOf(store, person);
  // One that ended meanwhile is no reason to refuse: no row count.
  return kept
    .slice(LIMITS.sessionsOfPersonMax - 1)
    .map(({ id }) => ({ sql: deleteSession(person, id).sql, params: [person, id] }));
}

async function whole(parts: PeopleParts, text: string): Promise<SignedIn> {
  return written(await signedInBy(parts, await findSession(parts.store, hashOf(parts, text))));
}

/** What somebody may do follows from the rules as they are now; who left the roster may nothing. */
async function signedInBy(
  { rules, clock }: PeopleParts,
  found: StoredSession | null,
): Promise<SignedIn | null> {
  if (found === null) return null;
  const { session, isAdministrator, passkeys } = found;
  const nowMs = clock.nowMs();
  const isOver = session.endsAtMs <= nowMs || session.lastSeenMs + LIMITS.sessionIdleMs <= nowMs;
  const known = isOver ? null : rules.person(session.person);
  if (known === null) return null;
  if (session.provider !== null) {
    const { channels } = await rules.suspects();
    // The provider's word is what this session stands on.
    if (channels.includes(session.provider)) return null;
  }
  // A recovery code is for one thing: to add a passkey.
  const isLimited = session.method === 'recovery';
  const standing = isLimited ? 'reader' : await standingOf(rules, session.person, isAdministrator);
  // The demo's link: nobody has anything to be asked for again.
  const isUnasked = session.method === 'link' && passkeys === 0;
  const freshUntilMs = isUnasked ? session.endsAtMs : session.freshUntilMs;
  return {
    session: { ...session, freshUntilMs },
    name: known.name,
    standing,
    isAdministrator: isAdministrator && !isLimited,
    passkeys,
  };
}

export async function standingOf(
  rules: PeopleParts['rules'],
  person: string,
  isAdministrator: boolean,
): Promise<Standing> {
  if (isAdministrator) return 'administrator';
  return rules.hasSeat(person) || (await rules.isAsked(person)) ? 'responder' : 'reader';
}

async function endOne(
  parts: PeopleParts,
  person: string,
  session: string,
  by: string,
): Promise<void> {
  const entry = entryOf(parts, 'session.ended', by, { person, session });
  await orElse(
    parts.ledger.append([entry], [deleteSession(person, session)]),
    () => new FirebreakError('session-unknown', { session }),
  );
}

/** Also the links that could open new ones. */
async function endAll(parts: PeopleParts, person: string, by: string): Promise<void> {
  const ended = await listSessionsOf(parts.store, person);
  const commands = [deleteSessionsOf(person), deleteLinksOf(person)];
  if (ended.length === 0) {
    await parts.store.write(commands);
    return;
  }
  const data = { person, sessions: ended.map(({ id }) => id) };
  await parts.ledger.append([entryOf(parts, 'sessions.ended', by, data)], commands);
}

/** A stolen cookie from before is worth nothing afterwards: the session goes on under another text. */
async function refresh(
  parts: PeopleParts,
  ...[place, session, { ceremony: sealed, credential }]: Parameters<SessionDoor['refresh']>
): Promise<OpenedSession> {
  const ceremony = reopen(parts, sealed, 'fresh');
  const passkey = await findPasskey(parts.store, credential.id);
  const { person, id } = session;
  if (passkey?.person !== person || ceremony.bound !== id) {
    const problem = 'it is the passkey, or the question, of somebody else';
    throw new FirebreakError('sign-in-refused', { problem });
  }
  const use = await verifyUse(place, ceremony.challenge, passkey, credential);
  const nowMs = parts.clock.nowMs();
  const text = drawText();
  const renewed = { ...session, lastSeenMs: nowMs, freshUntilMs: nowMs + LIMITS.sessionFreshMs };
  const data = { person, session: id, passkey: passkey.id };
  await orElse(
    parts.ledger.append(
      [entryOf(parts, 'session.refreshed', `person:${person}`, data)],
      [
        ceremony.spent,
        usePasskey(passkey, use.counter, use.isBackedUp, nowMs),
        renewSession(renewed, hashOf(parts, text)),
      ],
    ),
    () => new FirebreakError('ceremony-spent'),
  );
  return { text, signedIn: await whole(parts, text) };
}

async function touch(parts: PeopleParts, id: Id<'session'>): Promise<void> {
  await parts.store.write([touchSession(id, parts.clock.nowMs())]);
}

export function createSessions(parts: PeopleParts): SessionDoor {
  return {
    verify: async (text, isUse) => {
      const found = TEXT.test(text) ? await findSession(parts.store, hashOf(parts, text)) : null;
      const signedIn = await signedInBy(parts, found);
      if (signedIn === null) return null;
      const { id, lastSeenMs } = signedIn.session;
      const isDue = lastSeenMs + LIMITS.sessionTouchMs <= parts.clock.nowMs();
      if (isUse && isDue) await touch(parts, id);
      return signedIn;
    },
    list: async (person) => {
      const nowMs = parts.clock.nowMs();
      const listed = await listSessionsOf(parts.store, person);
      return listed.filter(
        ({ endsAtMs, lastSeenMs }) => endsAtMs > nowMs && lastSeenMs + LIMITS.sessionIdleMs > nowMs,
      );
    },
    end: (person, session, by) => endOne(parts, person, session, by),
    endAll: (person, by) => endAll(parts, person, by),
    askToRefresh: async (place, { person, id }) => {
      const { ceremony, challenge } = begin(parts, { use: 'fresh', person, bound: id });
      const own = await listPasskeysOf(parts.store, person);
      return { ceremony, publicKey: await signOptions(place, challenge, own) };
    },
    refresh: (...given) => refresh(parts, ...given),
  };
}
