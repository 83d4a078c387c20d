import { FirebreakError } from '../kernel/index.ts';
import type { AdministrationDoor, PersonRow, RosterPerson } from './model.ts';
import { entryOf, orElse, personOf, written, type PeopleParts } from './parts.ts';
import { deleteLinksOf, deleteSessionsOf } from './session-store.ts';
import { standingOf } from './sessions.ts';
import {
  deleteInvitationsOf,
  deletePasskeysOf,
  deleteRecoveryCodesOf,
  readAccounts,
  setAdministratorCommand,
  takeAdministration,
  type AccountRow,
} from './store.ts';

async function rowOf(
  { rules }: PeopleParts,
  who: RosterPerson,
  account: AccountRow,
): Promise<PersonRow> {
  const standing = await standingOf(rules, who.person, account.isAdministrator);
  return { ...who, ...account, standing };
}

/** In turn: a question about who is asked now goes to the store for those without a seat. */
async function list(parts: PeopleParts): Promise<readonly PersonRow[]> {
  const accounts = await readAccounts(parts.store, parts.clock.nowMs());
  const rows: PersonRow[] = [];
  for (const who of parts.rules.people()) rows.push(await rowOf(parts, who, accounts(who.person)));
  return rows;
}

async function setAdministrator(
  parts: PeopleParts,
  person: string,
  isAdministrator: boolean,
  by: string,
): Promise<PersonRow> {
  const who = personOf(parts, person);
  const before = (await readAccounts(parts.store, parts.clock.nowMs()))(person);
  if (before.isAdministrator !== isAdministrator) {
    const entry = entryOf(parts, 'person.administrator-set', by, { person, isAdministrator });
    const command = isAdministrator
      ? setAdministratorCommand(person, true)
      : takeAdministration(person);
    await orElse(
      parts.ledger.append([entry], [command]),
      () => new FirebreakError('administrator-last', { person }),
    );
  }
  return written(await rowOf(parts, who, { ...before, isAdministrator }));
}

async function removePasskeys(parts: PeopleParts, person: string, by: string): Promise<void> {
  const accounts = await readAccounts(parts.store, parts.clock.nowMs());
  const others = parts.rules
    .people()
    .some(
      ({ person: one }) =>
        one !== person && accounts(one).isAdministrator && accounts(one).passkeys > 0,
    );
  if (accounts(person).isAdministrator && !others)
    throw new FirebreakError('administrator-last', { person });
  const data = { person, count: accounts(person).passkeys };
  await parts.ledger.append(
    [entryOf(parts, 'passkeys.removed', by, data)],
    [
      deletePasskeysOf(person),
      deleteRecoveryCodesOf(person),
      deleteInvitationsOf(person),
      deleteSessionsOf(person),
      deleteLinksOf(person),
    ],
  );
}

export function createAdministration(parts: PeopleParts): AdministrationDoor {
  return {
    list: () => list(parts),
    setAdministrator: (...given) => setAdministrator(parts, ...given),
    removePasskeys: (person, by) => removePasskeys(parts, person, by),
  };
}
