import { type JsonObject, LIMITS, SIGNAL_TYPES } from '../../kernel/index.ts';
import type { Finding, Path } from './finding.ts';
import type { Charter, EvidenceTree } from './model.ts';
import { situationOf } from './normalise-rights.ts';
import { durationMs, exact, items, members, text, word, wordsOf } from './reading.ts';
import { situationFindings } from './right-semantics.ts';

// What comes first when a cut would lose something: the first entry that fits the case decides.

export const EVIDENCE_ORDERS = ['preserve-first', 'cut-first', 'both-at-once'] as const;

export function evidenceTreeOf(tree: JsonObject): EvidenceTree {
  const when = members(tree['when']);
  const signal = when['signal'];
  return {
    id: text(tree['id']),
    when: exact<EvidenceTree['when']>({
      ...situationOf(when),
      signal: signal === undefined ? undefined : wordsOf(SIGNAL_TYPES, signal),
    }),
    order: word(EVIDENCE_ORDERS, tree['order'], 'preserve-first'),
    fuseMs: durationMs(tree['fuse']),
  };
}

/** INVARIANT: whatever a charter says, evidence holds a cut for minutes at most. */
function fuseFindings(charter: Charter, tree: EvidenceTree, path: Path): readonly Finding[] {
  const { order, fuseMs } = tree;
  const at = [...path, 'fuse'];
  if (fuseMs === null) return [];
  if (order !== 'preserve-first') {
    const problem = `a cut that does not wait has no fuse (${order})`;
    return [{ path: at, code: 'contradiction', problem, remedy: 'Leave the fuse out.' }];
  }
  if (fuseMs === 0) {
    const problem = 'a fuse without time captures no evidence';
    const remedy = 'Write PT90S, or order: cut-first.';
    return [{ path: at, code: 'impossible', problem, remedy }];
  }
  const limitMs = charter.fuses.evidenceMs ?? LIMITS.evidenceFuseMsMax;
  if (fuseMs <= Math.min(limitMs, LIMITS.evidenceFuseMsMax)) return [];
  const problem = `evidence would hold a cut for ${fuseMs / 1_000} s`;
  const remedy = `Write at most PT${Math.min(limitMs, LIMITS.evidenceFuseMsMax) / 1_000}S.`;
  return [{ path: at, code: 'unbounded', problem, remedy }];
}

export function evidenceFindings(document: JsonObject, charter: Charter): readonly Finding[] {
  const all = charter.evidence.findIndex(({ when }) => Object.keys(when).length === 0);
  return charter.evidence.flatMap((tree, index) => {
    const path: Path = ['evidence', index];
    const when = members(members(items(document['evidence'])[index])['when']);
    const findings = [
      ...situationFindings(charter, when, [...path, 'when']),
      ...fuseFindings(charter, tree, path),
    ];
    if (all < 0 || index <= all) return findings;
    const problem = `${charter.evidence[all]?.id ?? ''} fits every case before it`;
    const remedy = 'Move the entry without `when` to the end.';
    return [...findings, { path, code: 'overlap', problem, remedy } as const];
  });
}
