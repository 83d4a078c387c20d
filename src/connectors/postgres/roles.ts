import type { JsonObject } from '../../kernel/index.ts';
import { ConnectorFailure } from '../contract.ts';
import type { PostgresProfile } from './access.ts';
import { isName } from './quoting.ts';
import type { Row, Session } from './session.ts';

/** A direct membership with the options it was given. */
export interface Membership {
  readonly group: string;
  readonly admin: boolean;
  /** Null before the version that has them. */
  readonly inherit: boolean | null;
  readonly set: boolean | null;
  /** What of power it leads to, directly or through other groups; empty when it leads to none. */
  readonly leadsTo: readonly string[];
}

export interface RoleState {
  readonly oid: string;
  readonly name: string;
  readonly superuser: boolean;
  readonly createRole: boolean;
  readonly createDb: boolean;
  readonly canLogin: boolean;
  readonly replication: boolean;
  readonly bypassRls: boolean;
  readonly connectionLimit: number;
  /** `infinity`, `-infinity`, a time, or null. */
  readonly validUntil: string | null;
  readonly comment: string;
  readonly memberships: readonly Membership[];
  /** Process ids of open sessions. */
  readonly sessions: readonly number[];
  /** Other roles that can log in and have at least the same say over roles: null when that does not matter. */
  readonly otherSuperusers: number;
}

/**
 * Which direct memberships lead to power: a group that may mint roles or databases, a superuser, a predefined role that
 * leads out of the database, or one that may hand memberships on.
 */
const STATE = `
with recursive subject as (select * from pg_roles where rolname = $1),
reach(start, roleid) as (
  select m.roleid, m.roleid from pg_auth_members m join subject s on m.member = s.oid
  union
  select reach.start, m.roleid from reach join pg_auth_members m on m.member = reach.roleid
),
power as (
  select distinct reach.start, g.rolname from reach join pg_roles g on g.oid = reach.roleid
  where g.rolsuper or g.rolcreaterole or g.rolcreatedb or g.rolreplication
    or g.rolname = any($2::text[])
    or exists (select from pg_auth_members a where a.member = g.oid and a.admin_option)
)
select s.oid::text, s.rolname::text, s.rolsuper, s.rolcreaterole, s.rolcreatedb, s.rolcanlogin, s.rolreplication,
  s.rolbypassrls, s.rolconnlimit, s.rolvaliduntil::text,
  coalesce(shobj_description(s.oid, 'pg_authid'), '') as comment,
  coalesce((
    select json_agg(json_build_object('group', g.rolname, 'admin', m.admin_option,
      'options', to_jsonb(m) - 'roleid' - 'member' - 'grantor' - 'oid',
      'leadsTo', coalesce((select json_agg(p.rolname order by p.rolname) from power p where p.start = g.oid), '[]'))
      order by g.rolname, m.admin_option desc)
    from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = s.oid), '[]') as memberships,
  coalesce((select json_agg(a.pid order by a.pid) from pg_stat_activity a where a.usesysid = s.oid
    and a.pid <> pg_backend_pid()), '[]') as sessions,
  (select count(*)::int from pg_roles o where o.rolsuper and o.rolcanlogin and o.oid <> s.oid) as others
from subject s`;

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function rowsIn(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value.filter(isRow) : [];
}

export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

export function textIn(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : '';
}

export function numberIn(row: Row, name: string): number {
  const value = row[name];
  return typeof value === 'number' ? value : 0;
}

function optionIn(row: Row, name: string): boolean | null {
  const options = row['options'];
  const value = isRow(options) ? options[name] : undefined;
  return typeof value === 'boolean' ? value : null;
}

function membershipsIn(value: unknown): readonly Membership[] {
  const seen = new Map<string, Membership>();
  for (const row of rowsIn(value)) {
    const group = textIn(row, 'group');
    // Several grantors may have given the same membership: together they give the most of each.
    const before = seen.get(group);
    seen.set(group, {
      group,
      admin: row['admin'] === true || before?.admin === true,
      inherit: either(optionIn(row, 'inherit_option'), before?.inherit),
      set: either(optionIn(row, 'set_option'), before?.set),
      leadsTo: textsIn(row['leadsTo']),
    });
  }
  return [...seen.values()];
}

function either(one: boolean | null, other: boolean | null | undefined): boolean | null {
  return one === null ? null : one || other === true;
}

export async function findRole(
  session: Session,
  profile: PostgresProfile,
  name: string,
): Promise<RoleState | null> {
  if (!isName(name)) return null;
  const [row] = await session.run(STATE, [name, profile.powerful]);
  if (row === undefined) return null;
  const sessions = Array.isArray(row['sessions']) ? row['sessions'] : [];
  return {
    oid: textIn(row, 'oid'),
    name: textIn(row, 'rolname'),
    superuser: row['rolsuper'] === true,
    createRole: row['rolcreaterole'] === true,
    createDb: row['rolcreatedb'] === true,
    canLogin: row['rolcanlogin'] === true,
    replication: row['rolreplication'] === true,
    bypassRls: row['rolbypassrls'] === true,
    connectionLimit: numberIn(row, 'rolconnlimit'),
    validUntil: typeof row['rolvaliduntil'] === 'string' ? row['rolvaliduntil'] : null,
    comment: textIn(row, 'comment'),
    memberships: membershipsIn(row['memberships']),
    sessions: sessions.filter((pid) => typeof pid === 'number'),
    otherSuperusers: numberIn(row, 'others'),
  };
}

export async function roleOf(
  session: Session,
  profile: PostgresProfile,
  name: string,
): Promise<RoleState> {
  const role = await findRole(session, profile, name);
  if (role !== null) return role;
  throw new ConnectorFailure('refused', `${profile.target} does not know the subject`);
}

/**
 * The last line of a role's comment says what Firebreak did to its password, because the password itself can only be
 * seen by a superuser: `renewed LABEL`, `removed TOKEN`, or `twin of ROLE LABEL`.
 */
const MARK = /(?:^|\n)firebreak: ([^\n]*)$/u;

export function markOf(comment: string): string | null {
  return MARK.exec(comment)?.[1] ?? null;
}

export function marked(comment: string, mark: string): string {
  const own = comment.replace(MARK, '');
  return own === '' ? `firebreak: ${mark}` : `${own}\nfirebreak: ${mark}`;
}

/** Everything about a role that somebody may have to compare later; no secret is among it. */
export function recordOf(role: RoleState): JsonObject {
  const { oid: _, otherSuperusers: __, memberships, sessions, comment, ...flat } = role;
  return {
    ...flat,
    mark: markOf(comment),
    sessions: sessions.length,
    memberships: memberships.map((each) => ({ ...each, leadsTo: [...each.leadsTo] })),
  };
}
