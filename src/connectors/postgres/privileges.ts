import type { PrivilegeCheck, PrivilegeGap } from '../contract.ts';
import { MEMBERSHIP_OPTIONS_SINCE, type PostgresProfile } from './access.ts';
import { adminGrant, createRoleGrant, signalGrant } from './changing.ts';
import { statsGrant } from './profile.ts';
import { quoted } from './quoting.ts';
import { textIn, textsIn } from './roles.ts';
import type { Row, Session } from './session.ts';

const OWN = `
select r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
  pg_has_role(current_user, 'pg_signal_backend', 'MEMBER') as signals,
  pg_has_role(current_user, 'pg_read_all_stats', 'MEMBER') as looks,
  array(select distinct g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
    where m.member = r.oid and coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true) order by 1) as inherits,
  array(select c.relnamespace::regnamespace::text || '.' || c.relname::text from pg_class c
    where c.relowner = r.oid order by 1 limit 20) as owns,
  array(select distinct c.relnamespace::regnamespace::text || '.' || c.relname::text
    from pg_class c cross join lateral aclexplode(c.relacl) x
    where x.grantee = r.oid and c.relowner <> r.oid order by 1 limit 20) as granted
from pg_roles r where r.rolname = current_user`;

/** From 16 on a role can only be altered by who administers it. */
const UNADMINISTERED = `
select r.rolname::text as name from pg_roles r
where r.rolcanlogin and not r.rolsuper and r.rolname !~ '^pg_' and r.rolname <> current_user and r.rolname <> $1
  and not pg_has_role(current_user, r.oid, 'MEMBER WITH ADMIN OPTION') order by 1 limit 100`;

const NEEDED_GROUPS = new Set(['pg_signal_backend', 'pg_read_all_stats']);

export async function checkPrivileges(
  session: Session,
  profile: PostgresProfile,
): Promise<PrivilegeCheck> {
  const [own = {}] = await session.run(OWN);
  const isLater = profile.version >= MEMBERSHIP_OPTIONS_SINCE;
  const others =
    isLater && own['rolsuper'] !== true ? await session.run(UNADMINISTERED, [profile.control]) : [];
  return {
    actsAs: profile.account,
    missing: [
      ...missingOf(own, profile),
      ...others.map((row) => ({
        right: `ADMIN OPTION on ${textIn(row, 'name')}`,
        why: 'without it that role cannot be cut',
        remedy: adminGrant(profile, textIn(row, 'name')),
      })),
    ],
    excess: excessOf(own, profile),
  };
}

function missingOf(own: Row, profile: PostgresProfile): readonly PrivilegeGap[] {
  const gap = (
    held: boolean,
    right: string,
    why: string,
    remedy: string,
  ): readonly PrivilegeGap[] => (held ? [] : [{ right, why, remedy }]);
  const all = own['rolsuper'] === true;
  return [
    ...gap(
      all || own['rolcreaterole'] === true,
      'CREATEROLE',
      'to reduce, suspend and revoke roles',
      createRoleGrant(profile),
    ),
    ...gap(
      own['signals'] === true,
      'pg_signal_backend',
      'to end open sessions',
      signalGrant(profile),
    ),
    ...gap(
      own['looks'] === true,
      'pg_read_all_stats',
      'to see since when and from where sessions are open',
      statsGrant(profile),
    ),
  ];
}

function excessOf(own: Row, profile: PostgresProfile): readonly PrivilegeGap[] {
  const name = quoted(profile.account);
  const attributes = ['SUPERUSER', 'CREATEDB', 'REPLICATION', 'BYPASSRLS'] as const;
  const columns = {
    SUPERUSER: 'rolsuper',
    CREATEDB: 'rolcreatedb',
    REPLICATION: 'rolreplication',
    BYPASSRLS: 'rolbypassrls',
  };
  return [
    ...attributes.flatMap((right) =>
      own[columns[right]] === true
        ? [{ right, why: 'no cut needs it', remedy: `ALTER ROLE ${name} NO${right}` }]
        : [],
    ),
    ...textsIn(own['inherits'])
      .filter((group) => !NEEDED_GROUPS.has(group))
      .map((group) => ({
        right: `member of ${group}`,
        why: 'what the group may do, whoever takes over this account may do',
        remedy: `REVOKE ${quoted(group)} FROM ${name}`,
      })),
    ...textsIn(own['owns']).map((relation) => ({
      right: `owner of ${relation}`,
      why: 'the account needs no data',
      remedy: `give ${relation} to another owner (ALTER ... OWNER TO)`,
    })),
    ...textsIn(own['granted']).map((relation) => ({
      right: `privileges on ${relation}`,
      why: 'the account needs no data',
      remedy: `REVOKE ALL ON ${relation} FROM ${name}`,
    })),
  ];
}
