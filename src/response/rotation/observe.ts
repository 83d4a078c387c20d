import type { RotationDraft } from './draft.ts';
import type { HandOver, Hold, Progress, RotationStepState } from './model.ts';

/** The latest use of the old or the new credential of a step. */
export interface SeenUse {
  readonly step: string;
  readonly which: 'old' | 'new';
  /** Null: the target does not say who it was. */
  readonly consumer: string | null;
  readonly lastAtMs: number;
}

export interface Observation {
  /** Steps whose target answered: silence of a target is not idleness of a consumer. */
  readonly looked: readonly string[];
  readonly uses: readonly SeenUse[];
  readonly holds: readonly { readonly step: string; readonly hold: Hold }[];
}

/** Both halves are needed: it uses the new one, and it has left the old one. */
export function progressOf(
  { deliveredAtMs, newSeenAtMs, oldSeenAtMs, consumer }: HandOver,
  nowMs: number,
  quietMs: number,
  oldIsDead: boolean,
): Progress {
  if (deliveredAtMs === null) return 'pending';
  const quietSinceMs = Math.max(deliveredAtMs, oldSeenAtMs ?? 0);
  const isIdle = oldIsDead || nowMs - quietSinceMs >= quietMs;
  // Nobody is known who could use the new one; that nobody uses the old one is all that can be waited for.
  const isNew = consumer === null ? isIdle : newSeenAtMs !== null && newSeenAtMs >= deliveredAtMs;
  if (isNew && isIdle) return 'acknowledged';
  if (isNew) return 'observed-new';
  return isIdle ? 'old-idle' : 'delivered';
}

export function observe(draft: RotationDraft, { looked, uses, holds }: Observation): void {
  for (const { step, hold } of holds) changeHold(draft, step, hold);
  const bySteps = Map.groupBy(uses, (use) => use.step);
  for (const step of draft.state.steps) {
    if (step.status !== 'minted' || !looked.includes(step.id)) continue;
    observeStep(draft, step, bySteps.get(step.id) ?? []);
  }
}

function changeHold(draft: RotationDraft, id: string, hold: Hold): void {
  const step = draft.step(id);
  if (step === undefined || step.hold === hold) return;
  const { status } = draft.state;
  draft.record('rotation.hold-changed', { step: id, hold });
  if (step.status === 'held-up' && hold !== 'unheld') {
    if (status !== 'running' && draft.state.question?.kind !== 'not-held') return;
    draft.record('rotation.step-preparing', { step: id });
    draft.effect({ type: 'prepare', step: id });
  }
  if (step.status === 'minted' && hold === 'unheld' && status === 'running') {
    const text = `${step.name} is suspected and no longer held, and its old and new credential are both valid.`;
    draft.stop('not-held', [id], text);
  }
}

function observeStep(
  draft: RotationDraft,
  step: RotationStepState,
  uses: readonly SeenUse[],
): void {
  const handOvers = draft.handOversOf(step.id);
  const known = new Set(handOvers.map((one) => one.seenAs));
  seeStrangers(draft, step, uses, known);
  for (const one of handOvers) {
    if (one.status !== 'delivered') continue;
    const alone = handOvers.length === 1;
    const newSeenAtMs = latest(one.newSeenAtMs, uses, 'new', (use) =>
      use.consumer === null ? alone : use.consumer === one.seenAs,
    );
    // A use that may have been anybody's counts against everybody.
    const oldSeenAtMs = latest(
      one.oldSeenAtMs,
      uses,
      'old',
      (use) => one.consumer === null || use.consumer === null || use.consumer === one.seenAs,
    );
    const seen = { ...one, newSeenAtMs, oldSeenAtMs };
    const { nowMs, settings } = draft.facts;
    const oldIsDead = step.hold === 'dead' || step.overlap === 'none';
    const progress = progressOf(seen, nowMs, settings.quietMs, oldIsDead);
    if (progress === one.progress) continue;
    draft.record('rotation.observed', { handOver: one.id, progress, newSeenAtMs, oldSeenAtMs });
  }
}

function latest(
  before: number | null,
  uses: readonly SeenUse[],
  which: SeenUse['which'],
  counts: (use: SeenUse) => boolean,
): number | null {
  const own = uses.filter((use) => use.which === which && counts(use)).map((use) => use.lastAtMs);
  if (own.length === 0) return before;
  return Math.max(before ?? 0, ...own);
}

function seeStrangers(
  draft: RotationDraft,
  step: RotationStepState,
  uses: readonly SeenUse[],
  known: ReadonlySet<string>,
): void {
  const strange = uses.filter(
    (use) => use.which === 'old' && use.consumer !== null && !known.has(use.consumer),
  );
  if (strange.length === 0) return;
  const atMs = Math.max(...strange.map((use) => use.lastAtMs));
  const before = step.strangerSeenAtMs;
  // Not every look needs an entry; see isUsedByStrangers for the margin.
  if (before !== null && atMs - before < draft.facts.settings.quietMs / 2) return;
  draft.record('rotation.stranger-seen', { step: step.id, atMs });
}
