import type { Containment } from '../../../src/api/contract/index.ts';

export const STAGES = ['step-up', 'restrict', 'isolate', 'suspend', 'revoke'] as const;

/** One credential or identity with its cuts: a row of the plan. */
export interface PlanRow {
  readonly subject: string;
  readonly target: string;
  /** How many times something was minted on the way to it: 0 = what the signals named. */
  readonly layer: number;
  /** What it was minted with. */
  readonly from: string | null;
  readonly cuts: readonly Containment[];
}

function subjectOf({ subject }: Containment): string {
  return subject.credential ?? subject.identity;
}

function keyOf(cut: Containment): string {
  return `${cut.target} ${subjectOf(cut)}`;
}

/** Rows in layers, the named ones first; a parent that is missing or its own child ends the way up. */
export function layersOf(cuts: readonly Containment[]): readonly PlanRow[] {
  const byId = new Map<string, Containment>(cuts.map((cut) => [cut.id, cut]));
  const depthOf = (cut: Containment, seen: ReadonlySet<string>): number => {
    const parent = cut.descendantOf === null ? undefined : byId.get(cut.descendantOf);
    if (parent === undefined || seen.has(parent.id)) return 0;
    return 1 + depthOf(parent, new Set([...seen, parent.id]));
  };
  const rows = [...Map.groupBy(cuts, keyOf).values()].flatMap((own): readonly PlanRow[] => {
    const [first] = own;
    if (first === undefined) return [];
    const descendant = own.find(({ descendantOf }) => descendantOf !== null);
    const parent = descendant === undefined ? undefined : byId.get(descendant.descendantOf ?? '');
    return [
      {
        subject: subjectOf(first),
        target: first.target,
        layer: Math.max(...own.map((cut) => depthOf(cut, new Set([cut.id])))),
        from: parent === undefined ? null : subjectOf(parent),
        cuts: own.toSorted(
          (left, right) => STAGES.indexOf(left.stage) - STAGES.indexOf(right.stage),
        ),
      },
    ];
  });
  return rows.toSorted((left, right) => left.layer - right.layer);
}
