import { hash } from 'node:crypto';
import { LIMITS } from '../../kernel/index.ts';
import { type Command, integer, type Statement, text } from '../../store/index.ts';
import { bulk, type BulkRow, bulks, type BulkText, pageIn, pageSql } from '../bulk.ts';
import type { ExternalRef } from '../model.ts';
import { normaliseRef } from '../normalise.ts';
import { derivedIdOf, fingerprintOf, keyOf, parseRefText, refText, wordOfId } from '../refs.ts';
import type { Facts } from '../schema.ts';
import { BY_FINGERPRINT, BY_IDENTITY, OWN_SYSTEM } from '../store.ts';
import type { NodeName } from './names.ts';
import type { ImportRun, NumberedNode } from './model.ts';
import { breathe, reject } from './tally.ts';

type Named = NumberedNode & { readonly id: string; readonly fresh: boolean };

function ownersIn(facts: Facts): readonly { readonly party: string }[] {
  // Written by schema.ts.
  return (facts['owners'] ?? []) as readonly { readonly party: string }[];
}

/** What a batch speaks of. */
export function keysOf(drafts: readonly NumberedNode[]): Set<string> {
  const keys = new Set<string>();
  for (const { draft, keys: own } of drafts) {
    for (const key of own) keys.add(key);
    if (draft.id !== null) keys.add(draft.id);
    const end = draft.identity === null ? null : keyOf(draft.identity);
    if (end !== null) keys.add(end);
    for (const { party } of ownersIn(draft.facts)) {
      const owner = keyOf(party);
      if (owner !== null) keys.add(owner);
    }
  }
  return keys;
}

/** Its own id, else that of what has one of its references, else one that follows from what it says. */
function nameOf(run: ImportRun, { line, draft, keys }: NumberedNode): Named | 'wait' | null {
  const ids = new Set<string>();
  for (const key of keys) {
    const known = run.names.get(key);
    if (known === undefined) continue;
    const word = wordOfId(known.id);
    if (word !== draft.type) {
      reject(run.tally, line, `${key} is the name of a ${word ?? 'thing'}`);
      return null;
    }
    ids.add(known.id);
  }
  if (draft.id !== null) ids.add(draft.id);
  if (ids.size > 1) {
    reject(run.tally, line, 'its id and references belong to different records');
    return null;
  }
  const [known] = ids;
  const fresh = known === undefined || (draft.id !== null && run.names.get(draft.id) === undefined);
  if (fresh && draft.lacks !== null) {
    if (draft.waits && keys.length > 0) return 'wait';
    reject(run.tally, line, `${draft.lacks} is missing, and nothing is known of it so far`);
    return null;
  }
  const id = known ?? derivedIdOf(draft.type, { ...draft, source: run.claim.name });
  return { line, draft, keys, id, fresh };
}

/** Numbers for ids; those that are new are written at once: a number that nothing uses does no harm. */
async function numberNodes(run: ImportRun, named: readonly Named[]): Promise<void> {
  const wanted = new Map<string, string>();
  for (const { id, draft } of named) if (!run.names.get(id)) wanted.set(id, draft.type);
  const write: BulkText = {
    types: ['text', 'text'],
    sql: (rows) => `insert into inventory_node(id, word) select c0, c1 from ${rows} where true
  on conflict (id) do update set word = excluded.word returning num, id`,
    one: `insert into inventory_node(id, word) values ($1, $2)
  on conflict (id) do update set word = excluded.word returning num, id`,
  };
  // In one order everywhere: two imports on two nodes must not wait for each other in a circle.
  const rows = [...wanted].toSorted(([left], [right]) => (left < right ? -1 : 1));
  for (let from = 0; from < rows.length; from += LIMITS.importCommitRows) {
    const some = rows.slice(from, from + LIMITS.importCommitRows);
    const results = await run.store.write(bulks(run.store.dialect, write, some));
    for (const row of results.flatMap((result) => result.rows)) {
      const name = { num: integer(row, 'num'), id: text(row, 'id') };
      run.names.set(name.id, name);
    }
  }
}

interface Said {
  readonly line: number;
  readonly num: number;
  readonly digest: string;
  readonly body: string;
  readonly refs: readonly ExternalRef[];
}

const DIGEST_LENGTH = 22;

/** 128 bits: enough to tell what one source said from what it says now. */
function digestOf(body: string): string {
  return hash('sha256', body, 'base64url').slice(0, DIGEST_LENGTH);
}

/** The references under which a statement is found: its own, and those that the inventory looks up by. */
function lookupRefs(facts: Facts): readonly ExternalRef[] {
  // Written by schema.ts.
  const texts = (facts['refs'] ?? []) as readonly string[];
  return refsToFind(
    texts.flatMap((ref) => parseRefText(ref) ?? []),
    facts,
  );
}

function refsToFind(refs: readonly ExternalRef[], facts: Facts): readonly ExternalRef[] {
  const { fingerprint } = facts;
  const own = (type: string, value: unknown): readonly ExternalRef[] =>
    typeof value === 'string' ? [{ system: OWN_SYSTEM, type, value }] : [];
  return [
    ...refs.map(normaliseRef),
    ...own(BY_FINGERPRINT, fingerprint),
    ...own(BY_IDENTITY, facts['identity']),
  ];
}

/** Owners by id where they are known; what was written, where they are not, so that they can still be found later. */
function withOwners(run: ImportRun, facts: Facts): Facts {
  const owners = ownersIn(facts);
  if (owners.length === 0) return facts;
  const known = owners.map((claim) => {
    const key = keyOf(claim.party);
    const party = key === null ? undefined : run.names.get(key)?.id;
    return party === undefined ? claim : { ...claim, party };
  });
  return { ...facts, owners: known };
}

type Placed = Said | 'wait' | 'refused' | null;

function credentialFacts(run: ImportRun, { line, draft }: Named): Facts | 'wait' | 'refused' {
  const { secret, identity } = draft;
  const fingerprint =
    secret === null ? {} : { fingerprint: fingerprintOf(run.parts.fingerprintKey, secret) };
  if (identity === null) return { ...draft.facts, ...fingerprint };
  const key = keyOf(identity);
  const end = key === null ? undefined : run.names.get(key);
  if (end === undefined) return 'wait';
  if (wordOfId(end.id) !== 'identity') {
    reject(run.tally, line, 'identity names something else');
    return 'refused';
  }
  return { ...draft.facts, ...fingerprint, identity: end.id };
}

function place(run: ImportRun, named: Named, name: NodeName): Placed {
  const { line, draft } = named;
  const facts = draft.type === 'credential' ? credentialFacts(run, named) : draft.facts;
  if (facts === 'wait' || facts === 'refused') return facts;
  const digest = digestOf(JSON.stringify(facts));
  const body = JSON.stringify(withOwners(run, facts));
  const seen = run.seen.mark(name.num, digest);
  if (seen === 'other') {
    reject(run.tally, line, 'this import has described it already; the first line stands');
    return null;
  }
  if (seen === 'same') {
    run.tally.unchanged += 1;
    return null;
  }
  return { line, num: name.num, digest, body, refs: refsToFind(draft.refs, facts) };
}

interface Before {
  readonly digest: string;
  readonly isGone: boolean;
}

type DigestValues = readonly [num: number, digest: string, until: number | null];
type BodyValues = readonly [num: number, body: string];

function statementsOf(run: ImportRun, columns: string, nums: readonly number[]): Statement {
  const { dialect } = run.store;
  const read: BulkText = {
    types: ['int'],
    sql: (rows) =>
      pageSql(
        dialect,
        columns,
        `from ${rows} cross join inventory_statement s
  where s.source = $2 and s.num = rows.c0 and s.since <= $3 order by s.since`,
      ),
  };
  const rows = nums.map((num) => [num] as const);
  return bulk(dialect, read, rows, run.claim.source, run.claim.current);
}

/** What the source said before this import. */
async function readBefore(
  run: ImportRun,
  said: readonly Said[],
): Promise<ReadonlyMap<number, Before>> {
  const { store, claim } = run;
  const before = new Map<number, Before>();
  if (claim.current === 0 && claim.nodes === 0) return before;
  for (const some of slices(said)) {
    const nums = some.map(({ num }) => num);
    const read = statementsOf(run, 'num, digest, until', nums);
    for (const [num, digest, until] of pageIn<DigestValues>(await store.query(read))) {
      before.set(num, { digest, isGone: until !== null && until <= claim.current });
    }
  }
  return before;
}

/** Which references it had: only of what is different now. */
async function readRefsBefore(
  run: ImportRun,
  changed: readonly Said[],
): Promise<ReadonlyMap<number, readonly ExternalRef[]>> {
  const refs = new Map<number, readonly ExternalRef[]>();
  for (const some of slices(changed)) {
    const nums = some.map(({ num }) => num);
    const read = statementsOf(run, 'num, body', nums);
    for (const [num, body] of pageIn<BodyValues>(await run.store.query(read))) {
      // The row was written by this file.
      refs.set(num, lookupRefs(JSON.parse(body) as Facts));
    }
  }
  return refs;
}

const INSERT_STATEMENTS: BulkText = {
  types: ['int', 'text', 'text'],
  sql: (rows) => `insert into inventory_statement(source, num, since, digest, body)
  select $2, c0, $3, c1, c2 from ${rows} where true on conflict do nothing`,
  one: `insert into inventory_statement(num, digest, body, source, since)
  values ($1, $2, $3, $4, $5) on conflict do nothing`,
};
const INSERT_REFS: BulkText = {
  types: ['text', 'text', 'text', 'int'],
  sql: (rows) => `insert into inventory_ref(value, type, system, num, source, since)
  select c0, c1, c2, c3, $2, $3 from ${rows} where true on conflict do nothing`,
  one: `insert into inventory_ref(value, type, system, num, source, since)
  values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
};
/** At most the last word before this import is kept. */
const FORGET_STATEMENTS: BulkText = {
  types: ['int'],
  sql: (rows) => `delete from inventory_statement where source = $2 and until <= $3
  and num in (select c0 from ${rows})`,
};
export const CLOSE_STATEMENTS: BulkText = {
  types: ['int'],
  sql: (rows) => `update inventory_statement set until = $3 where source = $2 and until is null
  and since < $3 and num in (select c0 from ${rows})`,
};
const CLOSE_REFS: BulkText = {
  types: ['text', 'text', 'text', 'int'],
  sql: (rows) => `update inventory_ref set until = $3 from ${rows}
  where value = c0 and type = c1 and system = c2 and num = c3 and source = $2 and until is null
  and since < $3`,
};

function refRow(ref: ExternalRef, num: number): BulkRow {
  return [ref.value, ref.type, ref.system, num];
}

function slices<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const size = LIMITS.importCommitRows;
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

interface RefRows {
  readonly added: BulkRow[];
  readonly closed: BulkRow[];
}

type Changed = Said & { readonly before: Before };

function refRows(
  fresh: readonly Said[],
  changed: readonly Changed[],
  refsBefore: ReadonlyMap<number, readonly ExternalRef[]>,
): RefRows {
  const added: BulkRow[] = fresh.flatMap(({ refs, num }) => refs.map((ref) => refRow(ref, num)));
  const closed: BulkRow[] = [];
  for (const { refs, num } of changed) {
    const old = refsBefore.get(num) ?? [];
    const names = new Set(refs.map(refText));
    const oldNames = new Set(old.map(refText));
    for (const ref of old) if (!names.has(refText(ref))) closed.push(refRow(ref, num));
    for (const ref of refs) if (!oldNames.has(refText(ref))) added.push(refRow(ref, num));
  }
  // In the order of the key: neighbours share a page, and pages are what is written.
  added.sort((left, right) => (String(left[0]) < String(right[0]) ? -1 : 1));
  return { added, closed };
}

/** Lists of commands, each a commit of its own: who else writes does not wait for the whole batch. */
function listsFor(
  run: ImportRun,
  fresh: readonly Said[],
  changed: readonly Changed[],
  refsBefore: ReadonlyMap<number, readonly ExternalRef[]>,
): readonly (readonly Command[])[] {
  const { source, number, current } = run.claim;
  const { dialect } = run.store;
  const { added, closed } = refRows(fresh, changed, refsBefore);
  const replacing = slices(changed).map((some) => {
    const nums = some.map(({ num }) => [num] as const);
    // What is gone stays until its return is seen: this import may still fail.
    const old = some.filter(({ before }) => !before.isGone).map(({ num }) => [num] as const);
    return [
      ...bulks(dialect, FORGET_STATEMENTS, old, source, current),
      ...bulks(dialect, CLOSE_STATEMENTS, nums, source, number),
    ];
  });
  const saying = slices([...fresh, ...changed].toSorted((left, right) => left.num - right.num)).map(
    (some) => {
      const rows = some.map(({ num, digest, body }) => [num, digest, body]);
      return bulks(dialect, INSERT_STATEMENTS, rows, source, number);
    },
  );
  return [
    ...replacing,
    ...saying,
    ...slices(closed).map((rows) => bulks(dialect, CLOSE_REFS, rows, source, number)),
    ...slices(added).map((rows) => bulks(dialect, INSERT_REFS, rows, source, number)),
  ];
}

/** It is not there, or not yet: nothing may hang on it. */
function forgetName(run: ImportRun, { fresh, id, keys }: Named): void {
  if (!fresh) return;
  run.names.delete(id);
  for (const key of keys) run.names.delete(key);
}

/** Writes what is new or different; gives back what has to wait for an identity further down. */
export async function importNodes(
  run: ImportRun,
  drafts: readonly NumberedNode[],
): Promise<readonly NumberedNode[]> {
  const named: Named[] = [];
  const waiting: NumberedNode[] = [];
  for (const draft of drafts) {
    const found = nameOf(run, draft);
    if (found === 'wait') waiting.push(draft);
    if (found === null || found === 'wait') continue;
    named.push(found);
    // Two new lines of one batch that share a reference speak of the same thing.
    for (const key of draft.keys) {
      if (run.names.get(key) === undefined) run.names.set(key, { num: 0, id: found.id });
    }
  }
  await numberNodes(run, named);
  const said: Said[] = [];
  for (const [index, one] of named.entries()) {
    if (index % LIMITS.importBreathRows === 0) await breathe();
    const name = run.names.get(one.id) ?? { num: 0, id: one.id };
    for (const key of one.keys) run.names.set(key, name);
  }
  for (const [index, one] of named.entries()) {
    if (index % LIMITS.importBreathRows === 0) await breathe();
    const placed = place(run, one, run.names.get(one.id) ?? { num: 0, id: one.id });
    if (placed === 'wait') waiting.push(one);
    if (placed === 'wait' || placed === 'refused') forgetName(run, one);
    else if (placed !== null) said.push(placed);
  }
  await writeSaid(run, said);
  return waiting;
}

async function writeSaid(run: ImportRun, said: readonly Said[]): Promise<void> {
  const before = await readBefore(run, said);
  const fresh: Said[] = [];
  const changed: Changed[] = [];
  for (const one of said) {
    const old = before.get(one.num);
    if (old === undefined) fresh.push(one);
    else if (old.digest === one.digest && !old.isGone) run.tally.unchanged += 1;
    else changed.push({ ...one, before: old });
  }
  if (fresh.length + changed.length === 0) return;
  run.tally.added += fresh.length;
  run.tally.changed += changed.length;
  run.nodesAdded += fresh.length + changed.filter(({ before: { isGone } }) => isGone).length;
  for (const { num } of fresh) run.touch(num);
  for (const { num } of changed) run.touch(num);
  const refsBefore = await readRefsBefore(run, changed);
  for (const list of listsFor(run, fresh, changed, refsBefore)) await run.write(list);
}
