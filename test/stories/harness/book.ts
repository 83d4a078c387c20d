import { expect } from 'vitest';
import {
  type IncidentEntry,
  mayClaim,
  outsideTable,
} from '../../../src/response/incident/testing.ts';
import { DEFAULT_SETTINGS, type IncidentView } from '../../../src/response/index.ts';
import { type Ledger, verifyExport } from '../../../src/ledger/index.ts';
import { createApprovalCheck } from '../../../src/people/index.ts';

/** The entries of one incident, as they are on the ledger. */
export async function readEntries(
  ledger: Ledger,
  incident: string,
): Promise<readonly IncidentEntry[]> {
  const recorded = await ledger.incidentEntries(incident);
  return recorded.map(
    ({ entry }) =>
      // What the response word wrote, read as its own fold reads it.
      ({ ...entry, atMs: Date.parse(entry.at) }) as unknown as IncidentEntry,
  );
}

export type EntryOf<Kind extends IncidentEntry['kind']> = Extract<
  IncidentEntry,
  { readonly kind: Kind }
>;

export function ofKind<Kind extends IncidentEntry['kind']>(
  entries: readonly IncidentEntry[],
  kind: Kind,
): readonly EntryOf<Kind>[] {
  return entries.filter((entry): entry is EntryOf<Kind> => entry.kind === kind);
}

const HELD = new Set(['proven', 'irrevocable']);

/** Promises 2, 3 and 13 hold for every story, whatever it is about. */
export function expectHonestIncident(view: IncidentView, entries: readonly IncidentEntry[]): void {
  expect(outsideTable(entries, view.id)).toEqual([]);
  for (const cut of view.cuts) {
    const claim = mayClaim(entries, cut.id, DEFAULT_SETTINGS.denialsWanted);
    const applied = ofKind(entries, 'cut.applying').some((entry) => entry.data.cut === cut.id);
    if (applied)
      expect(claim, `${cut.guarantee} acted with authority and inverse`).not.toBe('nothing');
    if (HELD.has(cut.status)) expect(claim, `${cut.guarantee} is ${cut.status}`).toBe('proven');
  }
}

/** Promise 11, at the end of every story: with the export and the public key alone. */
export async function expectLedgerVerifies(ledger: Ledger): Promise<void> {
  await ledger.sealNow();
  const { verifierKey } = ledger;
  const options = { verifierKey, checkEntry: createApprovalCheck() };
  const report = await verifyExport(ledger.exportLines(), options);
  expect(report.findings).toEqual([]);
  expect(report.ok).toBe(true);
  expect(report.size).toBeGreaterThan(0);
}
