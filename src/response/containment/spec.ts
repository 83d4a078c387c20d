import type { IncidentEntry } from '../incident/entries.ts';
import type { CutEntry } from './fold.ts';
import { fold } from '../incident/fold.ts';
import type { IncidentState } from '../incident/model.ts';
import type { CutStatus } from './model.ts';

/**
 * The cut's table, written down a second time: from which status which entry leads to which. Nothing of it is used to
 * decide; tests and the simulation hold every recorded step against it.
 */
export interface Transition {
  readonly from: CutStatus;
  readonly by: CutEntry['kind'];
  readonly to: CutStatus;
}

type Row = readonly [by: CutEntry['kind'], to: CutStatus];

const TRIED: Row = ['cut.probed', 'proving'];
const SEEN = (same: CutStatus): Row => ['cut.probed', same];
const TIME_OVER = (same: CutStatus): Row => ['cut.time-over', same];
const UNDONE: Row = ['cut.drifted', 'drifted'];
const GIVEN_BACK: Row = ['cut.reverting', 'reverting'];
const BLOCKED: Row = ['cut.blocked', 'blocked'];
const DROPPED: Row = ['cut.dropped', 'dropped'];
const AGAIN: Row = ['cut.applying', 'applying'];
const APPLIED: readonly Row[] = [
  ['cut.applied', 'applied'],
  ['cut.partial', 'partial'],
];
/** It held, and is still looked at. */
const HELD = (same: CutStatus): readonly Row[] => [SEEN(same), UNDONE, GIVEN_BACK, TIME_OVER(same)];
const JUDGED: readonly Row[] = [
  ['cut.proven', 'proven'],
  ['cut.residual', 'residual'],
  ['cut.unproven', 'unproven'],
  ['cut.failed', 'failed'],
];

// table: design of the cut; rows are what may be recorded in that status
const ROWS: Readonly<Record<CutStatus, readonly Row[]>> = {
  planned: [['cut.authorised', 'authorised'], DROPPED],
  // Authorised and recorded in one commit, so that nothing can come between them.
  authorised: [
    ['cut.holding-evidence', 'holding-evidence'],
    ['cut.recorded', 'recorded'],
  ],
  'holding-evidence': [['cut.recorded', 'recorded'], DROPPED],
  recorded: [AGAIN, ['cut.returned', 'planned'], BLOCKED, DROPPED],
  applying: [...APPLIED, BLOCKED],
  partial: [AGAIN, BLOCKED],
  applied: [TRIED, ['cut.unproven', 'unproven'], GIVEN_BACK, TIME_OVER('applied')],
  proving: [SEEN('proving'), ...JUDGED, GIVEN_BACK, TIME_OVER('proving')],
  unproven: [
    SEEN('unproven'),
    ...JUDGED.filter(([, to]) => to !== 'unproven'),
    GIVEN_BACK,
    TIME_OVER('unproven'),
  ],
  // Proven and irrevocable are recorded together where nothing can be taken back.
  proven: [...HELD('proven'), ['cut.irrevocable', 'irrevocable']],
  residual: [...HELD('residual'), ['cut.proven', 'proven'], ['cut.unproven', 'unproven']],
  irrevocable: [SEEN('irrevocable'), UNDONE],
  // A person released the step: it goes on as if it had never been blocked.
  blocked: [AGAIN, ['cut.returned', 'planned'], BLOCKED, ...APPLIED, GIVEN_BACK, DROPPED],
  failed: [AGAIN, GIVEN_BACK, TIME_OVER('failed')],
  drifted: [AGAIN, ['cut.failed', 'failed']],
  reverting: [
    ['cut.reverted', 'reverting'],
    ['cut.restore-probed', 'reverting'],
    ['cut.restored', 'restored'],
    ['cut.revert-conflict', 'revert-conflict'],
    ['cut.restore-failed', 'restore-failed'],
    UNDONE,
  ],
  'revert-conflict': [GIVEN_BACK, UNDONE],
  'restore-failed': [GIVEN_BACK, UNDONE],
  dropped: [],
  restored: [],
};

export const TRANSITIONS: readonly Transition[] = Object.entries(ROWS).flatMap(([from, rows]) =>
  // The keys of a record over CutStatus are its words.
  rows.map(([by, to]) => ({ from: from as CutStatus, by, to })),
);

export function nameOf({ from, by, to }: Transition): string {
  return `${from} + ${by.slice('cut.'.length)} -> ${to}`;
}

/** What every entry of an incident did to every cut of it, as the fold reads it back. */
export function walked(
  entries: readonly IncidentEntry[],
  incident: IncidentState['id'],
): readonly string[] {
  const names: string[] = [];
  let state: IncidentState | null = null;
  for (const entry of entries) {
    const before: IncidentState | null = state;
    state = fold(before, entry, incident);
    if (!isOfCut(entry)) continue;
    const { cut } = entry.data;
    const from = statusOf(before, cut);
    const to = statusOf(state, cut);
    if (from !== null && to !== null) names.push(nameOf({ from, by: entry.kind, to }));
  }
  return names;
}

/** Steps that the table does not have: there must never be one. */
export function outsideTable(
  entries: readonly IncidentEntry[],
  incident: IncidentState['id'],
): readonly string[] {
  return walked(entries, incident).filter((name) => !NAMES.has(name));
}

const NAMES: ReadonlySet<string> = new Set(TRANSITIONS.map(nameOf));

function statusOf(state: IncidentState | null, cut: string): CutStatus | null {
  return state?.cuts.find((one) => one.id === cut)?.status ?? null;
}

function isOfCut(entry: IncidentEntry): entry is Extract<IncidentEntry, CutEntry> {
  return entry.kind.startsWith('cut.') && entry.kind !== 'cut.planned';
}
