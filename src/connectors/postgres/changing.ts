import { ConnectorFailure } from '../contract.ts';
import { MEMBERSHIP_OPTIONS_SINCE, type PostgresProfile } from './access.ts';
import type { Planned } from './cutting.ts';
import { failureOf, isDenied, isLocked } from './failures.ts';
import { quoted } from './quoting.ts';
import { type RoleState, textIn } from './roles.ts';
import type { Session } from './session.ts';

const BLOCKERS_ENDED_MAX = 5;
const END_WAIT_MS = 25;
const END_ROUNDS_MAX = 80;

/** The right to end sessions of others. */
export function signalGrant({ account }: PostgresProfile): string {
  return `GRANT pg_signal_backend TO ${quoted(account)}`;
}

export function createRoleGrant({ account }: PostgresProfile): string {
  return `ALTER ROLE ${quoted(account)} CREATEROLE`;
}

export function adminGrant({ account }: PostgresProfile, role: string): string {
  return `GRANT ${quoted(role)} TO ${quoted(account)} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`;
}

/** What a superuser has to run so that this statement works. */
async function missingGrant(
  session: Session,
  profile: PostgresProfile,
  role: string,
  { statement, group }: Planned,
): Promise<string> {
  const [own] = await session.run(
    'select rolcreaterole as mints, pg_has_role(current_user, $1, $2) as administers from pg_roles where rolname = current_user',
    [group ?? role, 'MEMBER WITH ADMIN OPTION'],
  );
  const needsAdmin = profile.version >= MEMBERSHIP_OPTIONS_SINCE;
  if (own?.['mints'] !== true && (group === null || !needsAdmin)) return createRoleGrant(profile);
  if (needsAdmin && own?.['administers'] !== true) return adminGrant(profile, group ?? role);
  // No right short of a superuser's is enough: what is left is to run it as one.
  return statement;
}

/**
 * All of it or nothing. What follows the commit in the same message is carried out even when nobody is left to send it.
 */
export async function change(
  session: Session,
  profile: PostgresProfile,
  role: Pick<RoleState, 'name'>,
  statements: readonly Planned[],
  afterwards = '',
): Promise<readonly string[]> {
  const ended: string[] = [];
  for (let attempt = 1; ; attempt += 1) {
    await session.run('begin');
    try {
      for (const { statement } of statements) await session.run(statement);
      break;
    } catch (error) {
      await session.run('rollback');
      if (isLocked(error) && attempt <= BLOCKERS_ENDED_MAX) {
        ended.push(...(await endBlockers(session)));
        continue;
      }
      if (!isDenied(error)) throw failureOf(error);
      const failed = await firstDenied(session, statements);
      throw failureOf(error, await missingGrant(session, profile, role.name, failed));
    }
  }
  await session.commit(afterwards === '' ? 'commit' : `commit; ${afterwards}`);
  return ended;
}

async function firstDenied(session: Session, statements: readonly Planned[]): Promise<Planned> {
  await session.run('begin');
  try {
    for (const each of statements) {
      try {
        await session.run(each.statement);
      } catch (error) {
        if (isDenied(error)) return each;
        throw error;
      }
    }
  } finally {
    await session.run('rollback');
  }
  throw new ConnectorFailure('transient', 'the right was missing, and is there now');
}

/**
 * Whoever leaves a change of roles uncommitted holds up every cut: a role may always change its own password, so the
 * suspect itself can. Such sessions are ended; those of superusers and of Firebreak are not.
 */
const BLOCKERS = `
select a.pid, a.usename::text, pg_terminate_backend(a.pid) as ended
from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
where not r.rolsuper and r.rolname <> current_user and a.pid in (
  select l.pid from pg_locks l
  where l.granted and l.locktype = 'relation' and l.mode <> 'AccessShareLock'
    and l.relation in ('pg_authid'::regclass, 'pg_auth_members'::regclass, 'pg_db_role_setting'::regclass,
      'pg_shdescription'::regclass))`;

async function endBlockers(session: Session): Promise<readonly string[]> {
  const rows = await session.run(BLOCKERS);
  return rows.map((row) => textIn(row, 'usename'));
}

export function terminating(role: Pick<RoleState, 'oid'>): string {
  // The number comes from the server; it is one, or the statement is not sent.
  return `select pg_terminate_backend(pid) from pg_stat_activity where usesysid = ${Number(role.oid).toFixed(0)} and pid <> pg_backend_pid()`;
}

/** Ends what is open, and looks until it is gone: a session that is told to end takes a moment. */
export async function endSessions(
  session: Session,
  profile: PostgresProfile,
  role: Pick<RoleState, 'oid' | 'name'>,
): Promise<readonly number[]> {
  let open = await pidsOf(session, role);
  for (let round = 0; open.length > 0 && round < END_ROUNDS_MAX; round += 1) {
    if (round % 4 === 0) {
      try {
        await session.run(terminating(role));
      } catch (error) {
        throw unended(error, profile, role.name, open.length);
      }
    }
    await session.run('select pg_sleep($1)', [END_WAIT_MS / 1000]);
    open = await pidsOf(session, role);
  }
  return open;
}

/** New logins are blocked by then: that much is said with the right that is missing. */
export function unended(
  error: unknown,
  profile: PostgresProfile,
  role: string,
  open: number | null,
): ConnectorFailure {
  if (!isDenied(error)) return failureOf(error);
  const count = open === null ? 'its sessions' : `${open} of its sessions`;
  return new ConnectorFailure(
    'refused',
    `${role} is changed, but ${count} may not be ended: PostgreSQL: ${error.message} (${error.code})`,
    { grant: signalGrant(profile) },
  );
}

async function pidsOf(session: Session, role: Pick<RoleState, 'oid'>): Promise<readonly number[]> {
  const rows = await session.run(
    'select pid from pg_stat_activity where usesysid = $1::oid and pid <> pg_backend_pid()',
    [role.oid],
  );
  return rows.flatMap(({ pid }) => (typeof pid === 'number' ? [pid] : []));
}
