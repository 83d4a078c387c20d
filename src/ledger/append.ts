import { FirebreakError, LIMITS, assert, canonicalJson } from '../kernel/index.ts';
import type { Command } from '../store/index.ts';
import type { LedgerEntry } from './model.ts';
import { insertEntryCommand } from './store.ts';
import { leafHash } from './tree.ts';

/**
 * The entries as commands for the caller's own write, so that a change and its record are one commit. The leaf is
 * hashed here, before the entry is stored: what is changed in the store afterwards, even before it is sealed,
 * no longer matches. Call `ledger.written()` when the write is acknowledged.
 */
export function appendCommands(entries: readonly LedgerEntry[]): readonly Command[] {
  return entries.map((entry) => {
    const canonical = canonicalJson(entry);
    const bytes = Buffer.byteLength(canonical);
    const limit = LIMITS.ledgerEntryBytesMax;
    if (bytes > limit) throw new FirebreakError('ledger-entry-too-large', { bytes, limit });
    const atMs = Date.parse(entry.at);
    assert(Number.isSafeInteger(atMs), 'a ledger entry has a time');
    assert(
      (entry.incident === null) === (entry.ordinal === null),
      'a ledger entry has a place in its incident, or no incident',
    );
    return insertEntryCommand(entry, canonical, leafHash(canonical), atMs);
  });
}
