import type { JsonObject } from '../../kernel/index.ts';
import type { CallContext } from '../contract.ts';
import type { PostgresTarget } from './target.ts';
import { failureOf } from './failures.ts';
import { credentialRef, permissionsIn, ROLES, SESSIONS } from './looking.ts';
import { textIn, textsIn } from './roles.ts';
import type { Row } from './session.ts';

/** Larger than any catalog of grants that a person keeps; what is beyond is not read. */
const GRANTS_MAX = 50_000;

const GRANTS = `
select x.grantee::regrole::text as shown, r.rolname::text as role, c.relnamespace::regnamespace::text as schema,
  c.relname::text as relation, array_agg(distinct x.privilege_type order by x.privilege_type) as privileges
from pg_class c cross join lateral aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
join pg_roles r on r.oid = x.grantee
where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relnamespace::regnamespace::text !~ '^(?:pg_|information_schema)'
  and r.rolname !~ '^pg_'
group by 1, 2, 3, 4 order by 2, 3, 4 limit ${GRANTS_MAX}`;

/**
 * Roles as identities with their password as credential, memberships and grants as edges, and the programs seen at work
 * as workloads that use the credential. Grants are those of the database that the connector is connected to.
 */
export async function* inventory(
  { database, profile }: PostgresTarget,
  context: CallContext,
): AsyncGenerator<JsonObject> {
  const read = async (sql: string, values?: readonly unknown[]): Promise<readonly Row[]> => {
    try {
      return await database.use(context, (session) => session.run(sql, values));
    } catch (error) {
      throw failureOf(error);
    }
  };
  const { target } = profile;
  const [now] = await read(
    `select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, current_database()::text as name`,
  );
  const at = textIn(now ?? {}, 'at');
  // What is declared is as old as the day: the same again on the same day changes nothing.
  const day = `${at.slice(0, 'YYYY-MM-DD'.length)}T00:00:00Z`;
  const roles = await read(ROLES, [null]);
  const sessions = await read(SESSIONS, [null]);
  for (const row of roles) yield* linesOfRole(row, target, profile.account, day);
  yield* consumers(sessions, target, at);
  yield* grants(await read(GRANTS), target, textIn(now ?? {}, 'name'), day);
}

function ref(target: string, type: string, value: string): JsonObject {
  return { system: target, type, value };
}

function end(target: string, type: string, value: string): string {
  return `${target}:${type}:${value}`;
}

function edge(from: string, relation: string, to: string, at: string): JsonObject {
  return { type: 'edge', from, relation, to, basis: 'declared', observedAt: at };
}

function* linesOfRole(
  row: Row,
  target: string,
  account: string,
  at: string,
): Generator<JsonObject> {
  const name = textIn(row, 'name');
  const isAdministrator = row['rolsuper'] === true || row['rolcreaterole'] === true;
  const tags = [
    ...(isAdministrator ? ['administrator'] : []),
    ...(name === account ? ['firebreak'] : []),
    ...(row['rolcanlogin'] === true ? [] : ['no-login']),
  ];
  yield {
    type: 'identity',
    kind: 'service-account',
    name,
    target,
    refs: [ref(target, 'identity', name)],
    ...(tags.length === 0 ? {} : { tags }),
    observedAt: at,
  };
  const expiresAt = textIn(row, 'expires_at');
  const scopes = [...permissionsIn(row), ...textsIn(row['groups'])];
  // A role that is suspended has its password still; one that others are member of is a group.
  if (row['rolcanlogin'] === true || row['has_members'] !== true) {
    yield {
      type: 'credential',
      identity: end(target, 'identity', name),
      kind: 'password',
      refs: [ref(target, 'credential', credentialRef(name))],
      ...(expiresAt === '' ? {} : { expiresAt }),
      ...(scopes.length === 0 ? {} : { scopes }),
      observedAt: at,
    };
  }
  for (const group of textsIn(row['groups'])) {
    if (group.startsWith('pg_')) continue;
    yield edge(end(target, 'identity', name), 'assumes', end(target, 'identity', group), at);
  }
}

/** A program is told by its name and where it comes from: that is all a session says of itself. */
function* consumers(sessions: readonly Row[], target: string, at: string): Generator<JsonObject> {
  const common = { observedAt: at, source: 'observed' };
  const seen = new Set<string>();
  const isNew = (line: string): boolean => seen.size < seen.add(line).size;
  for (const row of sessions) {
    const [role, program] = [textIn(row, 'role'), textIn(row, 'application_name')];
    if (program === 'firebreak') continue;
    const credential = end(target, 'credential', credentialRef(role));
    if (isNew(role)) {
      yield {
        type: 'credential',
        identity: end(target, 'identity', role),
        kind: 'password',
        refs: [ref(target, 'credential', credentialRef(role))],
        lastUsedAt: at,
        lastUsedBasis: 'observed',
        ...common,
      };
    }
    if (program === '') continue;
    const name = `${program} at ${textIn(row, 'address') || 'local'}`;
    const from = end(target, 'consumer', name);
    if (isNew(from)) {
      yield { type: 'workload', name, refs: [ref(target, 'consumer', name)], ...common };
    }
    if (isNew(`${from} ${role}`)) {
      yield { type: 'edge', from, relation: 'uses', to: credential, basis: 'observed', ...common };
    }
  }
}

function* grants(
  rows: readonly Row[],
  target: string,
  database: string,
  at: string,
): Generator<JsonObject> {
  const seen = new Set<string>();
  for (const row of rows) {
    const name = `${database}.${textIn(row, 'schema')}.${textIn(row, 'relation')}`;
    const key = end(target, 'relation', name);
    if (!seen.has(key))
      yield { type: 'resource', name, refs: [ref(target, 'relation', name)], observedAt: at };
    seen.add(key);
    const from = end(target, 'identity', textIn(row, 'role'));
    const isReading = textsIn(row['privileges']).every((one) => one === 'SELECT');
    yield edge(from, isReading ? 'reads' : 'reaches', key, at);
  }
}
