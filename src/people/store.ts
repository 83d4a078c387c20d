import { isId, present, type Id } from '../kernel/index.ts';
import {
  flag,
  insertMany,
  integer,
  maybeRow,
  nullableInteger,
  nullableText,
  oneRow,
  statement,
  text,
  type Command,
  type Row,
  type Store,
} from '../store/index.ts';
import type { Invitation, Passkey } from './model.ts';

/** All SQL of passkeys, recovery codes, invitations and accounts. */

export interface StoredPasskey extends Passkey {
  readonly credential: string;
  /** As the authenticator gave it, base64url. */
  readonly coseKey: string;
  /** The same as SubjectPublicKeyInfo, base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
}

const COLUMNS =
  'id, credential, person, name, cose_key, public_key, counter, transports, is_backed_up, created_at_ms, last_used_at_ms';

function passkeyId(row: Row): Id<'passkey'> {
  const id = text(row, 'id');
  return present(isId('passkey', id) ? id : null, 'a passkey has an id of its own');
}

function readPasskey(row: Row): StoredPasskey {
  return {
    id: passkeyId(row),
    credential: text(row, 'credential'),
    person: text(row, 'person'),
    name: text(row, 'name'),
    coseKey: text(row, 'cose_key'),
    publicKey: text(row, 'public_key'),
    counter: integer(row, 'counter'),
    transports: text(row, 'transports').split(' ').filter(Boolean),
    isBackedUp: flag(row, 'is_backed_up'),
    createdAtMs: integer(row, 'created_at_ms'),
    lastUsedAtMs: nullableInteger(row, 'last_used_at_ms'),
  };
}

export function insertPasskey(passkey: StoredPasskey): Command {
  return {
    sql: `insert into people_passkey(${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, null)`,
    params: [
      passkey.id,
      passkey.credential,
      passkey.person,
      passkey.name,
      passkey.coseKey,
      passkey.publicKey,
      passkey.counter,
      passkey.transports.join(' '),
      passkey.isBackedUp ? 1 : 0,
      passkey.createdAtMs,
    ],
    rows: 1,
  };
}

/** Of two uses with one counter the later one fails: one of them is of a copy. */
export function usePasskey(
  { id, counter: seen }: StoredPasskey,
  counter: number,
  isBackedUp: boolean,
  nowMs: number,
): Command {
  return {
    sql: 'update people_passkey set counter = $1, is_backed_up = $2, last_used_at_ms = $3 where id = $4 and counter = $5',
    params: [counter, isBackedUp ? 1 : 0, nowMs, id, seen],
    rows: 1,
  };
}

export function renamePasskey(person: string, id: string, name: string): Command {
  return {
    sql: 'update people_passkey set name = $1 where person = $2 and id = $3',
    params: [name, person, id],
    rows: 1,
  };
}

/** Unless it is the last one: two removals at once must not leave none. */
export function deletePasskey(person: string, id: string): Command {
  return {
    sql: `delete from people_passkey where person = $1 and id = $2
and exists (select 1 from people_passkey o where o.person = $1 and o.id <> $2)`,
    params: [person, id],
    rows: 1,
    serial: 'people.passkeys',
  };
}

export function deletePasskeysOf(person: string): Command {
  return { sql: 'delete from people_passkey where person = $1', params: [person] };
}

export async function listPasskeysOf(
  store: Store,
  person: string,
): Promise<readonly StoredPasskey[]> {
  const sql = `select ${COLUMNS} from people_passkey where person = $1 order by created_at_ms, id`;
  return (await store.query(statement(sql, person))).map(readPasskey);
}

export async function findPasskey(store: Store, credential: string): Promise<StoredPasskey | null> {
  const sql = `select ${COLUMNS} from people_passkey where credential = $1`;
  const row = maybeRow(await store.query(statement(sql, credential)));
  return row === undefined ? null : readPasskey(row);
}

export async function countPasskeys(store: Store): Promise<number> {
  const rows = await store.query(statement('select count(*) as found from people_passkey'));
  return integer(oneRow(rows), 'found');
}

export function insertRecoveryCodes(person: string, hashes: readonly string[]): readonly Command[] {
  return insertMany(
    'people_recovery_code',
    ['hash', 'person'],
    hashes.map((hash) => [hash, person]),
  );
}

export function deleteRecoveryCode(person: string, hash: string): Command {
  return {
    sql: 'delete from people_recovery_code where person = $1 and hash = $2',
    params: [person, hash],
    rows: 1,
  };
}

export function deleteRecoveryCodesOf(person: string): Command {
  return { sql: 'delete from people_recovery_code where person = $1', params: [person] };
}

export async function countRecoveryCodes(store: Store, person: string): Promise<number> {
  const sql = 'select count(*) as found from people_recovery_code where person = $1';
  return integer(oneRow(await store.query(statement(sql, person))), 'found');
}

export function insertInvitation(
  hash: string,
  { person, isAdministrator, expiresAtMs }: Invitation,
): Command {
  return {
    sql: 'insert into people_invitation(hash, person, is_administrator, expires_at_ms) values ($1, $2, $3, $4)',
    params: [hash, person, isAdministrator ? 1 : 0, expiresAtMs],
    rows: 1,
  };
}

export function deleteInvitation(hash: string): Command {
  return { sql: 'delete from people_invitation where hash = $1', params: [hash], rows: 1 };
}

export function deleteInvitationsOf(person: string): Command {
  return { sql: 'delete from people_invitation where person = $1', params: [person] };
}

export function deleteFirstInvitations(): Command {
  return { sql: 'delete from people_invitation where person is null', params: [] };
}

export function forgetInvitations(nowMs: number): Command {
  return { sql: 'delete from people_invitation where expires_at_ms <= $1', params: [nowMs] };
}

export async function findInvitation(store: Store, hash: string): Promise<Invitation | null> {
  const sql =
    'select person, is_administrator, expires_at_ms from people_invitation where hash = $1';
  const row = maybeRow(await store.query(statement(sql, hash)));
  if (row === undefined) return null;
  return {
    person: nullableText(row, 'person'),
    isAdministrator: flag(row, 'is_administrator'),
    expiresAtMs: integer(row, 'expires_at_ms'),
  };
}

export function setAdministratorCommand(person: string, isAdministrator: boolean): Command {
  return {
    sql: `insert into people_account(person, is_administrator) values ($1, $2)
on conflict (person) do update set is_administrator = $2`,
    params: [person, isAdministrator ? 1 : 0],
    rows: 1,
  };
}

/** Unless nobody else who administers has a passkey. */
export function takeAdministration(person: string): Command {
  return {
    sql: `update people_account set is_administrator = 0 where person = $1
and exists (select 1 from people_account o join people_passkey p on p.person = o.person
  where o.is_administrator = 1 and o.person <> $1)`,
    params: [person],
    rows: 1,
    serial: 'people.administrators',
  };
}

export function signedInCommand(person: string, nowMs: number): Command {
  return {
    sql: `insert into people_account(person, is_administrator, last_signed_in_ms) values ($1, 0, $2)
on conflict (person) do update set last_signed_in_ms = $2`,
    params: [person, nowMs],
    rows: 1,
  };
}

export interface AccountRow {
  readonly isAdministrator: boolean;
  readonly passkeys: number;
  readonly sessions: number;
  readonly lastSignedInAtMs: number | null;
  readonly invitedUntilMs: number | null;
}

const NOTHING: AccountRow = {
  isAdministrator: false,
  passkeys: 0,
  sessions: 0,
  lastSignedInAtMs: null,
  invitedUntilMs: null,
};

/** What the store knows of people, by person; who is not in it has nothing. */
export async function readAccounts(
  store: Store,
  nowMs: number,
): Promise<(person: string) => AccountRow> {
  const found = new Map<string, AccountRow>();
  const put = (person: string, more: Partial<AccountRow>): void => {
    found.set(person, { ...NOTHING, ...found.get(person), ...more });
  };
  const [accounts, passkeys, sessions, invitations] = await Promise.all([
    store.query(
      statement('select person, is_administrator, last_signed_in_ms from people_account'),
    ),
    store.query(statement('select person, count(*) as found from people_passkey group by person')),
    store.query(
      statement(
        'select person, count(*) as found from people_session where ends_at_ms > $1 group by person',
        nowMs,
      ),
    ),
    store.query(
      statement(
        'select person, max(expires_at_ms) as until from people_invitation where person is not null and expires_at_ms > $1 group by person',
        nowMs,
      ),
    ),
  ]);
  for (const row of accounts) {
    const isAdministrator = flag(row, 'is_administrator');
    const lastSignedInAtMs = nullableInteger(row, 'last_signed_in_ms');
    put(text(row, 'person'), { isAdministrator, lastSignedInAtMs });
  }
  for (const row of passkeys) put(text(row, 'person'), { passkeys: integer(row, 'found') });
  for (const row of sessions) put(text(row, 'person'), { sessions: integer(row, 'found') });
  for (const row of invitations)
    put(text(row, 'person'), { invitedUntilMs: integer(row, 'until') });
  return (person) => found.get(person) ?? NOTHING;
}
