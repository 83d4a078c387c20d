import type { Collateral } from '../../dependencies/index.ts';
import { GUARANTEES, type Guarantee } from '../../kernel/index.ts';
import { type CutState, namedIn } from '../containment/model.ts';
import type { IncidentEntry } from '../incident/entries.ts';
import type { IncidentState } from '../incident/model.ts';
import { compromiseSentence } from './compromise.ts';

/** One step of a plan, as a person reads it before anything happens. */
export interface PlanStep {
  /** Steps of one group run beside each other; a group begins when the one before it is applied. */
  readonly group: number;
  readonly cut: string;
  readonly guarantee: Guarantee;
  readonly target: string;
  readonly subject: string;
  readonly why: string;
  readonly evidenceFirst: boolean;
  /** How it is taken back; null = it cannot be. */
  readonly inverse: string | null;
  readonly propagationMs: number;
  /** Consumers that stop with this stage; null = the map says nothing of it. */
  readonly stops: {
    readonly known: number;
    readonly inferred: number;
    readonly unknown: number;
  } | null;
  /** Under what it acts, or who has to agree. */
  readonly authority: string;
}

export interface Plan {
  readonly compromise: string | null;
  readonly steps: readonly PlanStep[];
  /** Applied already, and kept whatever is planned anew. */
  readonly standing: readonly string[];
}

/** What was decided just now, step by step, in the order in which it would happen. */
export function explainPlan(
  state: IncidentState,
  entries: readonly IncidentEntry[],
  collateral: Collateral,
): Plan {
  const why = new Map<string, string>(
    entries.flatMap((entry) =>
      entry.kind === 'cut.planned' ? [[entry.data.plan.id, entry.data.plan.why] as const] : [],
    ),
  );
  const planned = state.cuts.filter((cut) => why.has(cut.id)).toSorted(weakestFirst);
  const stages = [...new Set(planned.map((cut) => cut.order.guarantee))];
  const compromise = state.subjects.at(-1)?.compromise;
  return {
    compromise: compromise === undefined ? null : compromiseSentence(compromise),
    steps: planned.map((cut) => ({
      group: stages.indexOf(cut.order.guarantee) + 1,
      cut: cut.id,
      guarantee: cut.order.guarantee,
      target: cut.order.target,
      subject: namedIn(cut.order),
      why: why.get(cut.id) ?? '',
      evidenceFirst: cut.evidenceWanted,
      inverse: cut.capability.reversible ? 'recorded before it is applied' : null,
      propagationMs: cut.capability.propagationMs,
      stops: stopsWith(collateral, cut.order.guarantee),
      authority: authorityOf(state, cut),
    })),
    standing: state.cuts
      .filter((cut) => !why.has(cut.id) && cut.attempts > 0)
      .map((cut) => `${cut.order.guarantee} ${cut.order.subject.identity}: ${cut.status}`),
  };
}

function weakestFirst(a: CutState, b: CutState): number {
  return GUARANTEES.indexOf(a.order.guarantee) - GUARANTEES.indexOf(b.order.guarantee);
}

function stopsWith({ stages }: Collateral, guarantee: Guarantee): PlanStep['stops'] {
  const stage = stages.find((one) => one.guarantee === guarantee);
  if (stage === undefined) return null;
  const { known, inferred, unknown } = stage;
  return { known, inferred, unknown };
}

function authorityOf(state: IncidentState, cut: CutState): string {
  if (cut.authority !== null) return `${cut.authority.by} ${cut.authority.id}`;
  const asked = state.decisions.find(
    ({ state: is, action }) =>
      is === 'open' && action.verb === 'cut' && action.cuts.includes(cut.id),
  );
  if (asked === undefined) return 'nobody has been asked yet';
  const people = asked.holders.map((one) => one.person).join(', ');
  const { deciders, approvers } = asked.needs;
  const more = approvers > 0 ? `, and ${approvers} to approve` : '';
  return `${deciders} of ${people === '' ? 'nobody' : people}${more}`;
}
