import type { Json, JsonObject } from '../../kernel/index.ts';
import type {
  CutSubject,
  DiscoveredCredential,
  DiscoveredIdentity,
  Discovery,
  EvidenceItem,
} from '../contract.ts';
import { MEMBERSHIP_OPTIONS_SINCE, type PostgresProfile } from './access.ts';
import { failureOf, isDenied } from './failures.ts';
import { markOf, recordOf, roleOf, textIn, textsIn } from './roles.ts';
import type { Row, Session } from './session.ts';

/** The server keeps no time at which a role was made: nothing is known is said as the beginning of time. */
const UNKNOWN_SINCE = '1970-01-01T00:00:00.000Z';

/** RFC 3339 in UTC, whatever the session's settings are. */
export function instant(column: string): string {
  return `case when isfinite(${column}) then to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end`;
}

export const SESSIONS = `
select a.pid, a.usename::text as role, ${instant('a.backend_start')} as since, a.application_name,
  host(a.client_addr) as address, a.datname::text as database, a.state
from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
where a.pid <> pg_backend_pid() and ($1::text is null or r.rolname = $1)`;

/** Roles of the server itself (pg_...) are groups to be member of, and nobody's identity. */
export const ROLES = `
select r.oid::text, r.rolname::text as name, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin,
  r.rolreplication, r.rolbypassrls, ${instant('r.rolvaliduntil')} as expires_at,
  coalesce(shobj_description(r.oid, 'pg_authid'), '') as comment,
  array(select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
    where m.member = r.oid order by 1) as groups,
  array(select distinct g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
    where m.member = r.oid and m.admin_option order by 1) as administers,
  exists (select from pg_auth_members m where m.roleid = r.oid) as has_members,
  (select c.rolname::text from pg_auth_members m join pg_roles c on c.oid = m.member
    where m.roleid = r.oid and m.grantor = 10 and m.admin_option and not c.rolsuper
    and current_setting('server_version_num')::int >= ${MEMBERSHIP_OPTIONS_SINCE} limit 1) as made_by
from pg_roles r where r.rolname !~ '^pg_' and ($1::text is null or r.rolname = $1) order by r.rolname`;

export function credentialRef(role: string): string {
  return `${role}/password`;
}

export function permissionsIn(row: Row): readonly string[] {
  const flags: readonly (readonly [string, string])[] = [
    ['rolsuper', 'SUPERUSER'],
    ['rolcreaterole', 'CREATEROLE'],
    ['rolcreatedb', 'CREATEDB'],
    ['rolreplication', 'REPLICATION'],
    ['rolbypassrls', 'BYPASSRLS'],
  ];
  return [
    ...flags.flatMap(([column, word]) => (row[column] === true ? [word] : [])),
    ...textsIn(row['administers']).map((group) => `ADMIN OPTION on ${group}`),
  ];
}

function identityOf(row: Row): DiscoveredIdentity {
  return {
    identity: textIn(row, 'name'),
    kind: row['rolcanlogin'] === true ? 'service-account' : 'group',
    name: textIn(row, 'name'),
    suspended: row['rolcanlogin'] !== true,
    administrator: row['rolsuper'] === true || row['rolcreaterole'] === true,
    groups: textsIn(row['groups']),
    permissions: permissionsIn(row),
  };
}

function credentialOf(row: Row, profile: PostgresProfile): DiscoveredCredential {
  const name = textIn(row, 'name');
  const mark = markOf(textIn(row, 'comment'));
  const isOurs = mark?.startsWith('twin of ') === true;
  return {
    credential: credentialRef(name),
    identity: name,
    kind: 'password',
    issuedAt: UNKNOWN_SINCE,
    expiresAt: textIn(row, 'expires_at') || null,
    lastUsedAt: null,
    enabled: row['rolcanlogin'] === true,
    mintedBy: isOurs ? profile.account : textIn(row, 'made_by') || null,
    scopes: [],
  };
}

/** All of the server, or one role; what it minted is known where the server writes down who made a role (16). */
export async function discover(
  session: Session,
  profile: PostgresProfile,
  scope: { readonly identity?: string },
): Promise<Discovery> {
  const only = scope.identity ?? null;
  const rows = await session.run(ROLES, [only]);
  const minted =
    only === null
      ? []
      : (await session.run(ROLES, [null])).filter((row) => textIn(row, 'made_by') === only);
  const sessions = await session.run(SESSIONS, [only]);
  return {
    identities: [...rows, ...minted].map(identityOf),
    credentials: [...rows, ...minted].map((row) => credentialOf(row, profile)),
    sessions: sessions.map((row) => ({
      session: sessionRef(String(row['pid']), textIn(row, 'since')),
      identity: textIn(row, 'role'),
      credential: credentialRef(textIn(row, 'role')),
      since: textIn(row, 'since') || UNKNOWN_SINCE,
      facts: factsOf(row),
    })),
  };
}

export function sessionRef(pid: string, since: string): string {
  return `${pid}@${since}`;
}

/** What tells the consumers of a shared role apart. */
function factsOf(row: Row): Readonly<Record<string, string>> {
  return {
    applicationName: textIn(row, 'application_name'),
    sourceAddress: textIn(row, 'address'),
    database: textIn(row, 'database'),
  };
}

const EVIDENCE_ROWS_MAX = 500;

/** The subject's rights where they lie: what it owns, what it was given, what it will be given. */
const EVIDENCE: Readonly<Record<string, string>> = {
  sessions: `
select a.pid, a.application_name, host(a.client_addr) as address, a.client_port, a.datname::text as database, a.state,
  ${instant('a.backend_start')} as since, ${instant('a.xact_start')} as in_transaction_since, a.backend_type
from pg_stat_activity a where a.usesysid = $1::oid`,
  grants: `
select c.relnamespace::regnamespace::text as schema, c.relname::text as relation, x.privilege_type as privilege,
  x.is_grantable as with_grant_option, x.grantor::regrole::text as grantor
from pg_class c cross join lateral aclexplode(c.relacl) x where x.grantee = $1::oid`,
  'owned-objects': `
select c.relnamespace::regnamespace::text as schema, c.relname::text as relation, c.relkind::text as kind
from pg_class c where c.relowner = $1::oid
union all
select p.pronamespace::regnamespace::text, p.proname::text, case when p.prosecdef then 'security definer' else 'function' end
from pg_proc p where p.proowner = $1::oid`,
  'default-privileges': `
select d.defaclrole::regrole::text as of_role, d.defaclobjtype::text as on_type, d.defaclacl::text[] as acl
from pg_default_acl d
where d.defaclrole = $1::oid or exists (select from aclexplode(d.defaclacl) x where x.grantee = $1::oid)`,
  'role-settings': `
select coalesce(b.datname::text, 'every database') as database, s.setconfig as settings
from pg_db_role_setting s left join pg_database b on b.oid = s.setdatabase where s.setrole = $1::oid`,
  'prepared-transactions': `
select x.gid, x.database::text, ${instant('x.prepared')} as prepared
from pg_prepared_xacts x where x.owner = (select rolname from pg_roles where oid = $1::oid)`,
  // The server keeps no times of making: the highest numbers are the newest, and where to look for what was minted.
  'newest-roles': `
select r.rolname::text as role, r.oid::text as number, r.rolcanlogin as can_login, r.rolcreaterole as can_mint
from pg_roles r where r.oid <> $1::oid order by r.oid desc limit 20`,
  'recent-activity': `
select a.pid, a.state, left(a.query, 300) as statement, ${instant('a.query_start')} as begun
from pg_stat_activity a where a.usesysid = $1::oid`,
};

/** What is missing is evidence too; only a server that does not answer at all stops the capture. */
export async function captureEvidence(
  session: Session,
  profile: PostgresProfile,
  subject: CutSubject,
): Promise<readonly EvidenceItem[]> {
  const role = await roleOf(session, profile, subject.identity);
  const items: EvidenceItem[] = [
    { name: 'configuration', content: recordOf(role) },
    {
      name: 'permissions',
      content: {
        memberships: role.memberships.map((each) => ({ ...each, leadsTo: [...each.leadsTo] })),
      },
    },
  ];
  for (const [name, sql] of Object.entries(EVIDENCE)) {
    items.push(await itemOf(session, name, sql, role.oid));
  }
  const missing =
    'not available: the server keeps no record of past logins; its log may (log_connections)';
  return [...items, { name: 'past-logins', content: null, missing }];
}

async function itemOf(
  session: Session,
  name: string,
  sql: string,
  oid: string,
): Promise<EvidenceItem> {
  try {
    const rows = await session.run(`select * from (${sql}) evidence limit ${EVIDENCE_ROWS_MAX}`, [
      oid,
    ]);
    return { name, content: rows.map(plain) };
  } catch (error) {
    if (!isDenied(error)) throw failureOf(error);
    return { name, content: null, missing: `not available: ${error.message}` };
  }
}

/** The text of a running statement may hold a password in clear. */
const SECRET_WORD = /\b(?:password|verifier|secret|token|api_?key)\b/iu;

function plain(row: Row): JsonObject {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]): [string, Json] => {
      if (name === 'statement' && typeof value === 'string' && SECRET_WORD.test(value)) {
        return [name, '(left out: it may hold a secret)'];
      }
      return [name, jsonOf(value)];
    }),
  );
}

function jsonOf(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(jsonOf);
  return JSON.stringify(value) ?? null;
}
