// Test support for every folder; never imported by the product.
import { generateKeyPairSync } from 'node:crypto';
import { createIds, createSeededRandom, silentLog, toTimestamp } from '../kernel/index.ts';
import type { Clock, JsonObject } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { createSigner, signCheckpoint, type Signer } from './checkpoint.ts';
import { writeCheckpointLine, writeEntryLine, writeHeaderLine } from './export.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { ledgerMigrations } from './migrations.ts';
import type { LedgerEntry } from './model.ts';
import { EMPTY_FRONTIER, appendLeaves, frontierRoot, leafHash } from './tree.ts';

/** A key of its own, kept nowhere. */
export function createSignerForTest(origin = 'test.example/ledger'): Signer {
  return createSigner(origin, generateKeyPairSync('ed25519').privateKey);
}

const START_MS = Date.parse('2026-12-01T03:00:00Z');

/** Entries with ids in the order of their making. */
export function createEntriesForTest(
  seed = 1,
): (
  data?: JsonObject,
  place?: { readonly incident: string; readonly ordinal: number },
) => LedgerEntry {
  let nowMs = START_MS;
  const ids = createIds(() => (nowMs += 7), createSeededRandom(seed));
  return (data = {}, place) => ({
    id: ids.next('entry'),
    at: toTimestamp(nowMs),
    kind: 'test.written',
    actor: 'node:test',
    incident: place?.incident ?? null,
    ordinal: place?.ordinal ?? null,
    data,
  });
}

/** A started ledger on an empty store of a test. */
export async function createLedgerForTest(
  store: Store,
  clock: Clock,
  keys: Signer = createSignerForTest(),
  nodeId = 'node-test',
): Promise<Ledger> {
  await store.migrate(ledgerMigrations, { apply: true });
  return createLedger({ store, clock, keys, log: silentLog, nodeId });
}

/** The lines of an export without a store: `batches` are the numbers of entries between checkpoints. */
export function writeExportForTest(
  canonicals: readonly string[],
  batches: readonly number[],
  signer: Signer,
): string[] {
  const lines = [writeHeaderLine(signer)];
  let frontier = EMPTY_FRONTIER;
  for (const batch of batches) {
    const from = frontier.size;
    for (const [index, canonical] of canonicals.slice(from, from + batch).entries()) {
      lines.push(writeEntryLine(canonical, leafHash(canonical), from + index));
    }
    frontier = appendLeaves(frontier, canonicals.slice(from, from + batch).map(leafHash));
    const root = frontierRoot(frontier);
    const note = signCheckpoint({ size: frontier.size, root, extensions: [] }, signer);
    lines.push(writeCheckpointLine(note, frontier.hashes));
  }
  return lines;
}
