import { generateKeyPairSync } from 'node:crypto';
import { canonicalJson, toTimestamp } from '../../src/kernel/index.ts';
import {
  appendLeaves,
  createSigner,
  EMPTY_FRONTIER,
  type Frontier,
  frontierRoot,
  leafHash,
  signCheckpoint,
  verifyExport,
} from '../../src/ledger/index.ts';
import type { IncidentEntry } from '../../src/response/incident/testing.ts';

const SIGNER = createSigner('simulation', generateKeyPairSync('ed25519').privateKey);

/** The entries of one incident as an export of the ledger, made with the real tree and a real signature. */
export function exportOf(incident: string, entries: readonly IncidentEntry[]): readonly string[] {
  const { origin, verifierKey } = SIGNER;
  const lines = [JSON.stringify({ format: 'firebreak-ledger-1', origin, verifierKey })];
  let frontier: Frontier = EMPTY_FRONTIER;
  for (const [position, entry] of entries.entries()) {
    const { kind, actor, data } = entry;
    const at = toTimestamp(entry.atMs);
    const id = `ent_${position}`;
    const canonical = canonicalJson({ id, at, kind, actor, incident, ordinal: position, data });
    const leaf = leafHash(canonical);
    frontier = appendLeaves(frontier, [leaf]);
    const hash = Buffer.from(leaf).toString('base64');
    lines.push(`{"entry":${canonical},"leafHash":"${hash}","position":${position}}`);
  }
  const root = frontierRoot(frontier);
  const checkpoint = signCheckpoint({ size: frontier.size, root, extensions: [] }, SIGNER);
  const hashes = frontier.hashes.map((hash) => Buffer.from(hash).toString('base64'));
  lines.push(JSON.stringify({ checkpoint, frontier: hashes }));
  return lines;
}

/** What verification makes of the export as it is, and of one with a changed entry: both have to be right. */
export async function ledgerProblem(
  incident: string,
  entries: readonly IncidentEntry[],
  changedAt: number,
): Promise<string | null> {
  const options = { verifierKey: SIGNER.verifierKey };
  const lines = exportOf(incident, entries);
  const sound = await verifyExport(lines, options);
  if (!sound.ok) return `a sound export is refused: ${sound.findings[0]?.message ?? ''}`;
  const changed = lines.map((line, index) =>
    index === changedAt + 1 ? line.replace('"kind":"', '"kind":"x') : line,
  );
  const found = await verifyExport(changed, options);
  if (found.ok) return 'a changed entry is not found';
  const named = found.findings.some((one) =>
    one.entries.some((entry) => entry.position === changedAt),
  );
  return named ? null : 'a changed entry is not named';
}
