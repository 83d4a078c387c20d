import { LIMITS } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { signCheckpoint, type Signer } from './checkpoint.ts';
import { readCheckpoints, readExportRows, readHead, type StoredCheckpoint } from './store.ts';
import { EMPTY_FRONTIER, frontierRoot, type Hash } from './tree.ts';

/**
 * An export is lines of canonical JSON:
 *
 *     {"format":"firebreak-ledger-1","origin":"...","verifierKey":"..."}
 *     {"entry":{...},"leafHash":"<base64>","position":0}
 *     {"checkpoint":"<signed note>","frontier":["<base64>",...]}
 *
 * Entries stand in the order of their positions. Every checkpoint stands after the last entry it covers, with the
 * frontier of its size: the hashes that its root is made of. So each piece between two checkpoints can be
 * checked by itself, and one damaged piece does not hide another. The last line is the checkpoint of the whole.
 */
export const EXPORT_FORMAT = 'firebreak-ledger-1';

export function writeHeaderLine(signer: Pick<Signer, 'origin' | 'verifierKey'>): string {
  const { origin, verifierKey } = signer;
  return JSON.stringify({ format: EXPORT_FORMAT, origin, verifierKey });
}

/** `canonical` is the entry's text exactly as it was hashed. */
export function writeEntryLine(canonical: string, leaf: Hash, position: number): string {
  const hash = Buffer.from(leaf).toString('base64');
  return `{"entry":${canonical},"leafHash":"${hash}","position":${position}}`;
}

export function writeCheckpointLine(note: string, frontier: readonly Hash[]): string {
  const hashes = frontier.map((hash) => Buffer.from(hash).toString('base64'));
  return JSON.stringify({ checkpoint: note, frontier: hashes });
}

/** Everything that is sealed now, line by line; what is sealed while it runs is left for the next export. */
export async function* exportLedger(store: Store, signer: Signer): AsyncGenerator<string> {
  const { size } = await readHead(store);
  yield writeHeaderLine(signer);
  if (size === 0) {
    const root = frontierRoot(EMPTY_FRONTIER);
    yield writeCheckpointLine(signCheckpoint({ size, root, extensions: [] }, signer), []);
    return;
  }
  let position = 0;
  for await (const checkpoint of checkpointsUpTo(store, size)) {
    for await (const line of entryLines(store, position, checkpoint.size)) yield line;
    yield writeCheckpointLine(checkpoint.note, checkpoint.frontier.hashes);
    position = checkpoint.size;
  }
}

async function* checkpointsUpTo(store: Store, size: number): AsyncGenerator<StoredCheckpoint> {
  let after = 0;
  while (after < size) {
    const page = await readCheckpoints(store, after, size, LIMITS.pageRowsMax);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.size;
  }
}

async function* entryLines(store: Store, from: number, to: number): AsyncGenerator<string> {
  let next = from;
  while (next < to) {
    const page = await readExportRows(store, next, to, LIMITS.pageRowsMax);
    // A hole is exported as a hole: the verifier names it.
    for (const { canonical, leaf, position } of page) {
      yield writeEntryLine(canonical, leaf, position);
    }
    const last = page.at(-1);
    if (last === undefined) return;
    next = last.position + 1;
  }
}
