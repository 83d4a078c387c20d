import {
  type Clock,
  FirebreakError,
  type Id,
  type IdSource,
  isId,
  LIMITS,
  type Secret,
  toTimestamp,
} from '../kernel/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Command, Store } from '../store/index.ts';
import type {
  CredentialRecord,
  EdgeRecord,
  IdentityRecord,
  ImportReport,
  RejectedLine,
  ThingRecord,
} from './model.ts';
import { refText } from './refs.ts';
import {
  credentialRecord,
  edgeRecord,
  identityRecord,
  type Names,
  type NodeDraft,
  nodeId,
  type Resolved,
  thingRecord,
} from './resolve.ts';
import { type CredentialDraft, type Draft, parseLine } from './schema.ts';
import {
  bumpRevision,
  edgeId,
  readDigests,
  readRefs,
  readRevision,
  type RefRow,
  type Stored,
  type TableWord,
  writeCredentials,
  writeEdges,
  writeIdentities,
  writeRefs,
  writeThings,
} from './store.ts';

export interface ImportParts {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly fingerprintKey: Secret;
}

interface Numbered<Drafted extends Draft = Draft> {
  readonly line: number;
  readonly draft: Drafted;
}

interface Tally {
  added: number;
  changed: number;
  unchanged: number;
  rejectedCount: number;
  readonly rejected: RejectedLine[];
}

/** Everything of one batch that is to be written, by id: a later line of the same id replaces an earlier one. */
interface Batch {
  readonly identity: Map<string, Stored<IdentityRecord>>;
  readonly credential: Map<string, Stored<CredentialRecord>>;
  readonly thing: Map<string, Stored<ThingRecord>>;
  readonly edge: Map<string, Stored<EdgeRecord>>;
}

function reject(tally: Tally, line: number, problem: string): void {
  tally.rejectedCount += 1;
  if (tally.rejected.length < LIMITS.importRejectedNamedMax) tally.rejected.push({ line, problem });
}

/** Every name and id that the batch speaks of, looked up at once. */
async function readNames(
  parts: ImportParts,
  source: string,
  drafts: readonly Draft[],
): Promise<Names & { readonly refs: Map<string, RefRow>; readonly ids: Set<string> }> {
  const wanted = new Set<string>();
  for (const draft of drafts) {
    if (draft.type === 'edge') {
      wanted.add(draft.from).add(draft.to);
      continue;
    }
    for (const ref of draft.refs) wanted.add(refText(ref));
    if (draft.type === 'credential') wanted.add(draft.identity);
    if (draft.type === 'identity') for (const owner of draft.owners) wanted.add(owner.party);
  }
  const all = [...wanted];
  const ids = new Set<string>();
  for (const word of ['identity', 'credential', 'thing'] as const) {
    for (const id of (await readDigests(parts.store, word, all)).keys()) ids.add(id);
  }
  const refs = new Map(await readRefs(parts.store, all));
  const { clock, fingerprintKey } = parts;
  return { refs, ids, source, nowMs: clock.nowMs(), fingerprintKey };
}

interface Named {
  readonly line: number;
  readonly draft: NodeDraft;
  readonly id: string;
}

/** First all nodes get their ids, so that lines may speak of one another in any order within a batch. */
function nameNodes(
  batch: readonly Numbered[],
  names: { readonly refs: Map<string, RefRow>; readonly ids: Set<string>; readonly source: string },
  tally: Tally,
): readonly Named[] {
  const named: Named[] = [];
  for (const { line, draft } of batch) {
    if (draft.type === 'edge') continue;
    const id: Resolved<string> = nodeId(draft.type, draft, names);
    if (!id.ok) {
      reject(tally, line, id.problem);
      continue;
    }
    named.push({ line, draft, id: id.value });
    names.ids.add(id.value);
    for (const ref of draft.refs) names.refs.set(refText(ref), { word: draft.type, id: id.value });
  }
  return named;
}

function credentialId(id: string): Id<'credential'> {
  if (isId('credential', id)) return id;
  throw new FirebreakError('internal-invariant', { invariant: 'a credential has its own ids' });
}

function identityId(id: string): Id<'identity'> {
  if (isId('identity', id)) return id;
  throw new FirebreakError('internal-invariant', { invariant: 'an identity has its own ids' });
}

/** Null = kept, or rejected and said so; otherwise the line has to wait for a node further down. */
function place(
  { line, draft, id }: Named,
  names: Names,
  batch: Batch,
  tally: Tally,
): string | null {
  const put = <Kept>(into: Map<string, Kept>, resolved: Resolved<Kept>): string | null => {
    if (resolved.ok) into.set(id, resolved.value);
    else if (resolved.missing) return resolved.problem;
    else reject(tally, line, resolved.problem);
    return null;
  };
  if (draft.type === 'identity') {
    return put(batch.identity, identityRecord(draft, identityId(id), names));
  }
  if (draft.type === 'credential') {
    return put(batch.credential, credentialRecord(draft, credentialId(id), names));
  }
  return put(batch.thing, thingRecord(draft, id, names));
}

interface Waiting extends Numbered {
  readonly problem: string;
}

function resolveBatch(
  lines: readonly Numbered[],
  names: Names & { readonly refs: Map<string, RefRow>; readonly ids: Set<string> },
  tally: Tally,
): { readonly batch: Batch; readonly waiting: readonly Waiting[] } {
  const batch: Batch = {
    identity: new Map(),
    credential: new Map(),
    thing: new Map(),
    edge: new Map(),
  };
  const waiting: Waiting[] = [];
  for (const named of nameNodes(lines, names, tally)) {
    const problem = place(named, names, batch, tally);
    if (problem === null) continue;
    waiting.push({ line: named.line, draft: named.draft, problem });
    // It is not there yet: nothing may hang on it.
    names.ids.delete(named.id);
    for (const ref of named.draft.refs) names.refs.delete(refText(ref));
  }
  for (const { line, draft } of lines) {
    if (draft.type !== 'edge') continue;
    const edge = edgeRecord(draft, names);
    if (edge.ok) batch.edge.set(edgeId(edge.value.record), edge.value);
    else if (edge.missing) waiting.push({ line, draft, problem: edge.problem });
    else reject(tally, line, edge.problem);
  }
  return { batch, waiting };
}

/** Leaves what is new or different, and counts the rest. */
async function changesOf<Kept>(
  store: Store,
  word: TableWord,
  rows: ReadonlyMap<string, Kept & { readonly digest: string }>,
  tally: Tally,
): Promise<readonly Kept[]> {
  const known = await readDigests(store, word, [...rows.keys()]);
  const changed: Kept[] = [];
  for (const [id, row] of rows) {
    const digest = known.get(id);
    if (digest === row.digest) {
      tally.unchanged += 1;
      continue;
    }
    if (digest === undefined) tally.added += 1;
    else tally.changed += 1;
    changed.push(row);
  }
  return changed;
}

async function writeBatch(
  parts: ImportParts,
  source: string,
  batch: Batch,
  tally: Tally,
): Promise<void> {
  const { store } = parts;
  const before = { added: tally.added, changed: tally.changed };
  const identities = await changesOf(store, 'identity', batch.identity, tally);
  const credentials = await changesOf(store, 'credential', batch.credential, tally);
  const things = await changesOf(store, 'thing', batch.thing, tally);
  const edges = await changesOf(store, 'edge', batch.edge, tally);
  const nodes = [...identities, ...credentials, ...things].map(({ record }) => ({
    id: record.id,
    word: record.type,
    refs: record.refs,
  }));
  if (nodes.length + edges.length === 0) return;
  const commands: readonly Command[] = [
    ...writeIdentities(identities),
    ...writeCredentials(credentials, 'replace'),
    ...writeThings(things),
    ...writeRefs(nodes),
    ...writeEdges(edges),
    bumpRevision,
  ];
  const entry = {
    id: parts.ids.next('entry'),
    at: toTimestamp(parts.clock.nowMs()),
    kind: 'inventory.imported',
    actor: `source:${source}`,
    incident: null,
    ordinal: null,
    data: { added: tally.added - before.added, changed: tally.changed - before.changed },
  };
  await parts.ledger.append([entry], commands);
}

async function importBatch(
  parts: ImportParts,
  source: string,
  lines: readonly Numbered[],
  tally: Tally,
): Promise<readonly Waiting[]> {
  if (lines.length === 0) return [];
  const drafts = lines.map(({ draft }) => draft);
  const names = await readNames(parts, source, drafts);
  const { batch, waiting } = resolveBatch(lines, names, tally);
  await writeBatch(parts, source, batch, tally);
  return waiting;
}

/** Credentials go before edges when both had to wait: an edge may hang on such a credential. */
function inOrder(waiting: readonly Waiting[]): readonly Waiting[] {
  const isCredential = (one: Waiting): one is Waiting & { draft: CredentialDraft } =>
    one.draft.type === 'credential';
  return [...waiting.filter(isCredential), ...waiting.filter((one) => !isCredential(one))];
}

function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += LIMITS.importBatchRows) {
    yield items.slice(from, from + LIMITS.importBatchRows);
  }
}

const SOURCE_PATTERN = /^[\w.@/-]{1,100}$/u;

/** Streams: one batch is in memory at a time, and the lines that wait for a node further down. */
export async function importRecords(
  parts: ImportParts,
  records: AsyncIterable<unknown> | Iterable<unknown>,
  source: string,
): Promise<ImportReport> {
  if (!SOURCE_PATTERN.test(source)) {
    const problem = 'a source is named by 1 to 100 letters, digits and . _ @ / -';
    throw new FirebreakError('request-invalid', { problem });
  }
  const tally: Tally = { added: 0, changed: 0, unchanged: 0, rejectedCount: 0, rejected: [] };
  const waiting: Waiting[] = [];
  const flush = async (lines: readonly Numbered[]): Promise<void> => {
    for (const one of await importBatch(parts, source, lines, tally)) {
      if (waiting.length < LIMITS.importDeferredMax) waiting.push(one);
      else reject(tally, one.line, one.problem);
    }
  };
  let line = 0;
  let batch: Numbered[] = [];
  for await (const record of records) {
    line += 1;
    if (typeof record === 'string' && record.trim() === '') continue;
    const parsed = parseLine(record);
    if (parsed.ok) batch.push({ line, draft: parsed.draft });
    else reject(tally, line, parsed.problem);
    if (batch.length < LIMITS.importBatchRows) continue;
    await flush(batch);
    batch = [];
  }
  await flush(batch);
  for (const chunk of chunks(inOrder(waiting))) {
    const left = await importBatch(parts, source, chunk, tally);
    for (const one of left) reject(tally, one.line, one.problem);
  }
  tally.rejected.sort((left, right) => left.line - right.line);
  const { added, changed, unchanged, rejected, rejectedCount } = tally;
  const revision = await readRevision(parts.store);
  return { source, added, changed, unchanged, rejected, rejectedCount, revision };
}
