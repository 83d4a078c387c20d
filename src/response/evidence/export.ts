import { FirebreakError, toTimestamp } from '../../kernel/index.ts';
import type { RecordedEntry } from '../../ledger/index.ts';
import { stateOf } from '../find.ts';
import type { IncidentState } from '../incident/model.ts';
import type { Incidents } from '../incidents.ts';
import type { EvidenceDoor, EvidenceView, TimelineEntry } from '../model.ts';
import type { ResponseParts } from '../parts.ts';
import { timelineOf } from '../timeline.ts';
import { holdOf } from '../views.ts';
import { type BundleEntry, bundleLines, itemsOf, keyOf } from './bundle.ts';
import { unseal } from './capture.ts';
import { listEvidence, type StoredEvidence } from './store.ts';

export function createEvidenceDoor(parts: ResponseParts, incidents: Incidents): EvidenceDoor {
  const view = async (id: string): Promise<EvidenceView> =>
    viewOf(
      await stateOf(incidents, id),
      await parts.ledger.incidentEntries(id),
      await listEvidence(parts.store, id),
    );
  return {
    evidence: view,
    exportEvidence: async ({ incident, reason, size }, actor) => {
      const { id } = await stateOf(incidents, incident);
      const rows = await listEvidence(parts.store, id);
      const items = rows.filter((row) => row.deletedAtMs === null).map((row) => row.id);
      const open = { type: 'evidence', act: { type: 'open', items, reason } } as const;
      await incidents.apply(id, open, actor.name);
      return await bundleOf(parts, id, rows, size);
    },
    holdEvidence: async ({ incident, hold, reason }, actor) => {
      const { id } = await stateOf(incidents, incident);
      const act = { type: hold ? 'hold' : 'release', reason } as const;
      await incidents.apply(id, { type: 'evidence', act }, actor.name);
      return await view(id);
    },
  };
}

function viewOf(
  state: IncidentState,
  recorded: readonly RecordedEntry[],
  rows: readonly StoredEvidence[],
): EvidenceView {
  const stored = new Map(rows.map((row) => [keyOf(row), row]));
  return {
    incident: state.id,
    hold: holdOf(state),
    items: itemsOf(recorded.map(({ entry }) => entry)).map((item) => {
      const row = stored.get(keyOf(item));
      const capturedAt = row === undefined ? null : toTimestamp(row.capturedAtMs);
      return { ...item, id: row?.id ?? null, capturedAt };
    }),
    custody: timelineOf(state, recorded).filter(isOfCustody),
  };
}

/** A cut that wanted no evidence says so on the timeline, and nothing here. */
function isOfCustody({ kind, data }: TimelineEntry): boolean {
  if (kind === 'cut.recorded') return itemsOf([{ kind, data }]).length > 0;
  return kind.startsWith('evidence.');
}

async function bundleOf(
  parts: ResponseParts,
  incident: IncidentState['id'],
  rows: readonly StoredEvidence[],
  asked: number | undefined,
): Promise<Iterable<string>> {
  const { ledger } = parts;
  await ledger.sealNow();
  const { size, checkpoint } = await checkpointAt(parts, asked);
  const recorded = await ledger.incidentEntries(incident);
  const sealed = recorded.filter(({ position }) => position !== null && position < size);
  const entries: BundleEntry[] = [];
  for (const { canonical, position } of sealed) {
    if (position === null) continue;
    const { hashes: proof } = await ledger.proof(position, size);
    entries.push({ canonical, position, proof });
  }
  const items = itemsOf(sealed.map(({ entry }) => entry));
  const kept = new Set(items.filter(({ state }) => state === 'kept').map(keyOf));
  const contents = rows.flatMap((row) => {
    if (row.deletedAtMs !== null || !kept.has(keyOf(row))) return [];
    const { cut, name, sha256 } = row;
    return [{ cut, name, sha256, content: unseal(parts.custodyKey, row.sealed) }];
  });
  const { origin, verifierKey } = ledger;
  const head = { incident, origin, verifierKey, size, checkpoint, items };
  return bundleLines({ ...head, entries, contents: withoutRepeats(contents) });
}

/** A capture that was repeated after a crash gave the same item twice. */
function withoutRepeats<Item extends { readonly cut: string }>(
  items: readonly Item[],
): readonly Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

async function checkpointAt(
  { ledger }: ResponseParts,
  asked: number | undefined,
): Promise<{ readonly size: number; readonly checkpoint: string }> {
  if (asked === undefined) {
    const { size, note } = await ledger.latestCheckpoint();
    return { size, checkpoint: note };
  }
  const { checkpoint } = await ledger.proof(0, asked);
  if (checkpoint !== null) return { size: asked, checkpoint };
  const problem = `size: the ledger has no checkpoint of exactly ${asked} entries`;
  throw new FirebreakError('request-invalid', { problem });
}
