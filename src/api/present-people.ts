import { LIMITS, toTimestamp } from '../kernel/index.ts';
import type { Passkey, PersonRow, Session, SignedIn } from '../people/index.ts';
import { scopesOf } from './authentication.ts';
import type { PasskeyAnswer, PersonAnswer, SessionAnswer } from './contract/index.ts';

function timestampOr(atMs: number | null): string | null {
  return atMs === null ? null : toTimestamp(atMs);
}

/** One of somebody's sessions, shown to them; what they may do is the same in all but those after a recovery. */
export function presentSession(
  session: Session,
  { name, standing, isAdministrator, passkeys, session: own }: SignedIn,
): SessionAnswer {
  const { id, person, method, provider, address, device } = session;
  const { startedAtMs, lastSeenMs, endsAtMs, freshUntilMs } = session;
  return {
    id,
    person,
    name,
    method,
    provider,
    scopes: [...scopesOf(method === 'recovery' ? 'reader' : standing)],
    isAdministrator,
    startedAt: toTimestamp(startedAtMs),
    lastSeenAt: toTimestamp(lastSeenMs),
    endsAt: toTimestamp(endsAtMs),
    idleEndsAt: toTimestamp(Math.min(endsAtMs, lastSeenMs + LIMITS.sessionIdleMs)),
    freshUntil: freshUntilMs === 0 ? null : toTimestamp(freshUntilMs),
    passkeys,
    isThis: id === own.id,
    address,
    device,
  };
}

export function presentSignedIn(signedIn: SignedIn): SessionAnswer {
  return presentSession(signedIn.session, signedIn);
}

export function presentPasskey(passkey: Passkey): PasskeyAnswer {
  const { id, name, createdAtMs, lastUsedAtMs, isBackedUp } = passkey;
  return {
    id,
    name,
    createdAt: toTimestamp(createdAtMs),
    lastUsedAt: timestampOr(lastUsedAtMs),
    isBackedUp,
  };
}

export function presentPerson(row: PersonRow): PersonAnswer {
  const { person, name, standing, isAdministrator, passkeys, sessions } = row;
  return {
    person,
    name,
    scopes: [...scopesOf(standing)],
    isAdministrator,
    passkeys,
    sessions,
    lastSignedInAt: timestampOr(row.lastSignedInAtMs),
    invitedUntil: timestampOr(row.invitedUntilMs),
  };
}
