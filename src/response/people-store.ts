import { type Command, integer, shareReads, type Store, text } from '../store/index.ts';
import type { SuspectNamed } from './decisions/model.ts';

export interface MarkedSuspect extends SuspectNamed {
  readonly by: string;
  readonly atMs: number;
}

export function suspectCommand({ kind, name, by, atMs }: MarkedSuspect): Command {
  return {
    sql: `insert into suspect (kind, name, marked_by, at_ms) values ($1, $2, $3, $4)
on conflict (kind, name) do nothing`,
    params: [kind, name, by, atMs],
  };
}

export function clearSuspectCommand({ kind, name }: SuspectNamed): Command {
  return { sql: 'delete from suspect where kind = $1 and name = $2', params: [kind, name] };
}

/** Sources that a fuse has set aside; those that people marked stay. `source` null: all of them. */
export function releaseSourcesCommand(source: string | null): Command {
  return {
    sql: `delete from suspect where kind = 'source' and marked_by like 'sig%' and ($1 = '' or name = $1)`,
    params: [source ?? ''],
  };
}

export async function listSuspects(store: Store): Promise<readonly MarkedSuspect[]> {
  const rows = await store.query({
    sql: 'select kind, name, marked_by, at_ms from suspect order by at_ms, name',
    params: [],
  });
  return rows.map((row) => ({
    // Only these are ever written.
    kind: text(row, 'kind') as SuspectNamed['kind'],
    name: text(row, 'name'),
    by: text(row, 'marked_by'),
    atMs: integer(row, 'at_ms'),
  }));
}

export interface GlassCode {
  readonly person: string;
  readonly device: string;
}

export function replaceGlassCodes(person: string, device: string): Command {
  return {
    sql: 'delete from break_glass_code where person = $1 and device = $2 and spent_at_ms is null',
    params: [person, device],
  };
}

export function insertGlassCode(
  code: GlassCode & { readonly hash: string; readonly atMs: number },
): Command {
  return {
    sql: `insert into break_glass_code (hash, person, device, prepared_at_ms) values ($1, $2, $3, $4)`,
    params: [code.hash, code.person, code.device, code.atMs],
    rows: 1,
  };
}

export async function findGlassCode(store: Store, hash: string): Promise<GlassCode | null> {
  const [row] = await store.query({
    sql: 'select person, device from break_glass_code where hash = $1 and spent_at_ms is null',
    params: [hash],
  });
  return row === undefined ? null : { person: text(row, 'person'), device: text(row, 'device') };
}

/** Fails when it was spent meanwhile: a code works once. */
export function spendGlassCode(hash: string, decision: string, atMs: number): Command {
  return {
    sql: `update break_glass_code set spent_at_ms = $2, spent_on = $3 where hash = $1 and spent_at_ms is null`,
    params: [hash, atMs, decision],
    rows: 1,
  };
}

/** Every incident in which somebody was asked, newest first. */
export async function incidentsWith(store: Store, person: string): Promise<readonly string[]> {
  const rows = await store.query({
    sql: 'select distinct incident from decision_person where person = $1 order by incident desc',
    params: [person],
  });
  return rows.map((row) => text(row, 'incident'));
}

export async function unclosedIncidents(store: Store): Promise<readonly string[]> {
  const sql = `select id from incident where status in ('open', 'restoring') order by id desc`;
  return (await store.query({ sql, params: [] })).map((row) => text(row, 'id'));
}

export interface Suspects {
  readonly people: readonly string[];
  readonly channels: readonly string[];
  /** In quarantine. */
  readonly sources: readonly string[];
}

export function withPerson(suspects: Suspects, person: string): Suspects {
  return { ...suspects, people: [...suspects.people, person] };
}

const suspectReads = new WeakMap<Store, () => Promise<Suspects>>();

/** Every signal asks for them: those that come at once share a read. */
export async function readSuspects(store: Store): Promise<Suspects> {
  const known = suspectReads.get(store);
  const read = known ?? shareReads(() => readSuspectsNow(store));
  if (known === undefined) suspectReads.set(store, read);
  return await read();
}

async function readSuspectsNow(store: Store): Promise<Suspects> {
  const rows = await store.query({
    sql: 'select kind, name from suspect order by name',
    params: [],
  });
  const named = (kind: string): readonly string[] =>
    rows.filter((row) => text(row, 'kind') === kind).map((row) => text(row, 'name'));
  return { people: named('person'), channels: named('channel'), sources: named('source') };
}
