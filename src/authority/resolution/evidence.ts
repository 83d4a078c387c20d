import type { Charter } from '../charter/model.ts';
import type { EvidenceFirst } from '../model.ts';
import { type Case, matchesSituation } from './match.ts';

/** The first entry that fits; null = the charter says nothing, and evidence comes first. */
export function evidenceOf({ evidence, fuses }: Charter, given: Case): EvidenceFirst | null {
  const { signalTypes } = given.facts;
  const tree = evidence.find(
    ({ when }) =>
      matchesSituation(when, given) &&
      (when.signal === undefined || when.signal.some((type) => signalTypes.includes(type))),
  );
  if (tree === undefined) return null;
  return { tree: tree.id, order: tree.order, fuseMs: tree.fuseMs ?? fuses.evidenceMs };
}
