import { assert, FirebreakError, sha256 } from '../kernel/index.ts';
import type { Dialect, Migration, Row, Statement } from './model.ts';
import { integer, statement, text } from './statement.ts';

/** One transaction in which no other node migrates. */
export interface MigrationSession {
  readonly query: (statement: Statement) => Promise<readonly Row[]>;
  /** Several statements in one text. */
  readonly exec: (sql: string) => Promise<void>;
}

export interface MigrationTarget {
  readonly dialect: Dialect;
  readonly nowMsSql: string;
  readonly exclusive: <Result>(
    work: (session: MigrationSession) => Promise<Result>,
  ) => Promise<Result>;
}

interface Prepared {
  readonly id: string;
  readonly sql: string;
  readonly digest: string;
}

/** PostgreSQL looks the name up in the search path, as every other statement does. */
const EXISTS: Readonly<Record<Dialect, string>> = {
  sqlite: `select count(*) as found from sqlite_master where type = 'table' and name = 'schema_migration'`,
  postgres: `select count(to_regclass('schema_migration')) as found`,
};

const CREATE = `create table schema_migration(
  id text primary key,
  digest text not null,
  applied_at_ms bigint not null
)`;

function prepare(dialect: Dialect, migrations: readonly Migration[]): readonly Prepared[] {
  const prepared = migrations.map(({ id, sql }) => {
    const own = typeof sql === 'string' ? sql : sql[dialect];
    return { id, sql: own, digest: sha256(own).toString('hex') };
  });
  prepared.sort((one, other) => (one.id < other.id ? -1 : 1));
  const ids = new Set(prepared.map(({ id }) => id));
  assert(ids.size === prepared.length, 'each migration has its own id');
  return prepared;
}

async function readApplied(
  dialect: Dialect,
  session: MigrationSession,
): Promise<ReadonlyMap<string, string> | undefined> {
  const [existing] = await session.query(statement(EXISTS[dialect]));
  if (existing === undefined || integer(existing, 'found') === 0) return undefined;
  const rows = await session.query(
    statement('select id, digest from schema_migration order by id'),
  );
  return new Map(rows.map((row) => [text(row, 'id'), text(row, 'digest')]));
}

/** The first migration to apply, or undefined; refuses a schema that is not a past of this server's. */
function nextMissing(
  known: readonly Prepared[],
  applied: ReadonlyMap<string, string>,
): Prepared | undefined {
  const byId = new Map(known.map((migration) => [migration.id, migration]));
  const last = known.at(-1)?.id ?? 'none';
  for (const [id, digest] of applied) {
    const migration = byId.get(id);
    if (migration === undefined) {
      throw new FirebreakError('store-schema-newer', { found: id, known: last });
    }
    if (migration.digest !== digest) throw new FirebreakError('store-schema-edited', { id });
  }
  return known.find(({ id }) => !applied.has(id));
}

/** Applies one migration at most, so that each has its own transaction. True when there may be more. */
async function step(
  target: MigrationTarget,
  known: readonly Prepared[],
  apply: boolean,
): Promise<boolean> {
  return target.exclusive(async (session) => {
    const applied = await readApplied(target.dialect, session);
    const missing = nextMissing(known, applied ?? new Map());
    if (missing === undefined) return false;
    if (!apply) throw new FirebreakError('store-schema-older', { missing: missing.id });
    if (applied === undefined) await session.exec(CREATE);
    await session.exec(missing.sql);
    await session.query(
      statement(
        `insert into schema_migration(id, digest, applied_at_ms) values ($1, $2, ${target.nowMsSql})`,
        missing.id,
        missing.digest,
      ),
    );
    return true;
  });
}

/** `migrations` is the whole list of this server, in any order: what is applied and not in it counts as newer. */
export async function migrate(
  target: MigrationTarget,
  migrations: readonly Migration[],
  { apply }: { readonly apply: boolean },
): Promise<void> {
  const known = prepare(target.dialect, migrations);
  while (await step(target, known, apply));
}
