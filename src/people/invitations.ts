import { FirebreakError, LIMITS } from '../kernel/index.ts';
import type { Enrolled, Invitation, InvitationDoor, OpenedSession } from './model.ts';
import { drawSecret, entryOf, personOf, type PeopleParts } from './parts.ts';
import { askToEnrol, prepareEnrolment } from './passkeys.ts';
import { keyedHash } from './sealed.ts';
import { openSession } from './sessions.ts';
import {
  countPasskeys,
  deleteFirstInvitations,
  deleteInvitation,
  deleteInvitationsOf,
  findInvitation,
  forgetInvitations,
  insertInvitation,
  setAdministratorCommand,
} from './store.ts';

const TEXT = /^fbi_[\w-]{43}$/u;

function hashOf({ key }: PeopleParts, text: string): string {
  return keyedHash(key, 'invitation', text);
}

function drawText(): string {
  return `fbi_${drawSecret()}`;
}

async function invite(
  parts: PeopleParts,
  person: string,
  by: string,
): Promise<{ readonly text: string; readonly expiresAtMs: number }> {
  personOf(parts, person);
  const nowMs = parts.clock.nowMs();
  const expiresAtMs = nowMs + LIMITS.invitationLifeMs;
  const text = drawText();
  await parts.ledger.append(
    [entryOf(parts, 'person.invited', by, { person })],
    [
      forgetInvitations(nowMs),
      deleteInvitationsOf(person),
      insertInvitation(hashOf(parts, text), { person, isAdministrator: false, expiresAtMs }),
    ],
  );
  return { text, expiresAtMs };
}

/** While nobody has a passkey. The one before ends: it may still stand in a terminal. */
async function inviteFirst(parts: PeopleParts): Promise<string | null> {
  if ((await countPasskeys(parts.store)) > 0) {
    await parts.store.write([deleteFirstInvitations()]);
    return null;
  }
  const expiresAtMs = parts.clock.nowMs() + LIMITS.firstInvitationLifeMs;
  const text = drawText();
  await parts.ledger.append(
    [entryOf(parts, 'person.invited', 'node:start', { person: null, isAdministrator: true })],
    [
      deleteFirstInvitations(),
      insertInvitation(hashOf(parts, text), { person: null, isAdministrator: true, expiresAtMs }),
    ],
  );
  return text;
}

async function look(parts: PeopleParts, text: string): Promise<Invitation> {
  const found = TEXT.test(text) ? await findInvitation(parts.store, hashOf(parts, text)) : null;
  const isLive = found !== null && found.expiresAtMs > parts.clock.nowMs();
  // The first one ends with the first passkey, whoever added it.
  const isFirst = found !== null && found.person === null;
  if (!isLive || (isFirst && (await countPasskeys(parts.store)) > 0))
    throw new FirebreakError('invitation-spent');
  return found;
}

async function accept(
  parts: PeopleParts,
  ...[place, text, given, client]: Parameters<InvitationDoor['accept']>
): Promise<OpenedSession & Enrolled> {
  const invitation = await look(parts, text);
  const hash = hashOf(parts, text);
  const { passkey, recoveryCodes, commands, entries } = await prepareEnrolment(
    parts,
    place,
    given,
    hash,
  );
  const { person } = passkey;
  const administration = invitation.isAdministrator
    ? {
        commands: [setAdministratorCommand(person, true)],
        entries: [
          entryOf(parts, 'person.administrator-set', 'node:start', {
            person,
            isAdministrator: true,
          }),
        ],
      }
    : { commands: [], entries: [] };
  const also = {
    commands: [deleteInvitation(hash), ...commands, ...administration.commands],
    entries: [...entries, ...administration.entries],
  };
  // Enrolled with the person verified: as good as the sign-in that would follow.
  const who = { person, method: 'passkey', client } as const;
  const opened = await openSession(parts, who, also, () => new FirebreakError('invitation-spent'));
  return { ...opened, passkey, recoveryCodes };
}

export function createInvitations(parts: PeopleParts): InvitationDoor {
  return {
    invite: (person, by) => invite(parts, person, by),
    inviteFirst: () => inviteFirst(parts),
    withdraw: async (person, by) => {
      const entry = entryOf(parts, 'invitation.withdrawn', by, { person });
      await parts.ledger.append([entry], [deleteInvitationsOf(person)]);
    },
    look: (text) => look(parts, text),
    askToAccept: async (place, text, chosen) => {
      const { person } = await look(parts, text);
      const who = person ?? chosen;
      if (who === null) {
        const problem = 'person: the first administrator says who of the roster they are';
        throw new FirebreakError('request-invalid', { problem });
      }
      return await askToEnrol(parts, place, who, hashOf(parts, text));
    },
    accept: (...given) => accept(parts, ...given),
  };
}
