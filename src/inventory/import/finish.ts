import { toTimestamp } from '../../kernel/index.ts';
import { type Command, statement } from '../../store/index.ts';
import type { ImportMode } from '../contract.ts';
import { bumpRevision, recordChange } from '../store.ts';
import type { Claim } from './claim.ts';
import type { ImportParts, Staged } from './model.ts';
import { forgetWaiting } from './waiting.ts';

/** Nothing was different: the source is free again, and the revision stays. */
function nothingNew(claim: Claim, mode: ImportMode, nowMs: number): readonly Command[] {
  return [
    {
      sql: `update inventory_source set current = $2, leased_until = 0,
  snapshot_at = case when $3 = 1 then $4 else snapshot_at end where num = $1 and started = $2`,
      params: [claim.source, claim.number, mode === 'snapshot' ? 1 : 0, nowMs],
      rows: 1,
    },
  ];
}

/** One commit makes the whole import seen, and says so on the ledger. */
export async function finish(
  parts: ImportParts,
  claim: Claim,
  mode: ImportMode,
  { tally, nodesAdded, edgesAdded, pendingAdded, touched }: Staged,
): Promise<void> {
  const nowMs = parts.clock.nowMs();
  // A snapshot that names an edge no longer also takes back what waited.
  const stale = statement(
    'delete from inventory_pending where source = $1 and seen < $2',
    claim.source,
    claim.number,
  );
  if (tally.added + tally.changed + tally.gone + pendingAdded === 0) {
    await parts.store.write([
      ...(mode === 'snapshot' ? [stale] : []),
      forgetWaiting(claim, mode),
      ...nothingNew(claim, mode, nowMs),
    ]);
    return;
  }
  const entry = {
    id: parts.ids.next('entry'),
    at: toTimestamp(nowMs),
    kind: 'inventory.imported',
    actor: `source:${claim.name}`,
    incident: null,
    ordinal: null,
    data: { mode, added: tally.added, changed: tally.changed, gone: tally.gone },
  };
  await parts.ledger.append(
    [entry],
    [
      {
        sql: `update inventory_source set current = $2, leased_until = 0, nodes = nodes + $3, edges = edges + $4,
  snapshot_at = case when $5 = 1 then $6 else snapshot_at end where num = $1 and started = $2`,
        params: [
          claim.source,
          claim.number,
          nodesAdded,
          edgesAdded,
          mode === 'snapshot' ? 1 : 0,
          nowMs,
        ],
        rows: 1,
      },
      statement(
        'insert into inventory_import(source, number, at) values ($1, $2, $3)',
        claim.source,
        claim.number,
        nowMs,
      ),
      ...(mode === 'snapshot' ? [stale] : []),
      forgetWaiting(claim, mode),
      bumpRevision,
      recordChange(touched),
    ],
  );
}
