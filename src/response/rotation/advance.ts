import { LIMITS } from '../../kernel/index.ts';
import { isSettled, type RotationDraft } from './draft.ts';
import { type HandOver, type RotationStepState, STEP_ENDS } from './model.ts';

/** Everything that follows by itself from what is known. Each turn does one thing until nothing follows any more. */
export function advance(draft: RotationDraft): void {
  while (
    endStep(draft) ||
    goOn(draft) ||
    passWave(draft) ||
    openWave(draft) ||
    workOnWave(draft) ||
    askAboutWave(draft)
  );
}

function isActive({ state }: RotationDraft): boolean {
  return state.status === 'running' || state.status === 'stopped';
}

/** Only after every consumer; a rotation that was stopped still ends what is safely over. */
function endStep(draft: RotationDraft): boolean {
  if (!isActive(draft)) return false;
  const { question } = draft.state;
  const ripe = draft.state.steps.find(
    (step) =>
      ['minted', 'failed', 'waiting', 'held-up'].includes(step.status) &&
      !(question?.kind === 'retire-failed' && question.about.includes(step.id)) &&
      draft.handOversOf(step.id).every(isSettled) &&
      !(step.status === 'minted' && step.lost.length > 0) &&
      !(step.status === 'minted' && isUsedByStrangers(draft, step)),
  );
  if (ripe === undefined) return false;
  conclude(draft, ripe);
  return true;
}

/** An attacker who uses what is held may not keep it alive; of what nobody suspects, every use counts. */
export function isUsedByStrangers(draft: RotationDraft, step: RotationStepState): boolean {
  const { nowMs, settings } = draft.facts;
  const seenAtMs = step.strangerSeenAtMs;
  return (
    step.hold === 'unsuspected' &&
    step.overlap !== 'none' &&
    seenAtMs !== null &&
    nowMs - seenAtMs < settings.quietMs * 1.5
  );
}

export function conclude(
  draft: RotationDraft,
  { id, status, hold, overlap, lost }: RotationStepState,
): void {
  const excused = draft.handOversOf(id).filter((one) => one.status === 'excused');
  if (status !== 'minted') {
    const why = 'there is no new credential, and the old one is not revoked';
    draft.record('rotation.step-ended', { step: id, as: 'kept', why });
    // What was minted and lost must not outlive the step: it is ended with the old one as what remains.
    if (lost.length > 0) draft.effect({ type: 'retire-lost', step: id });
  } else if (hold === 'dead' || overlap === 'none') {
    const why = 'the old one was dead before';
    draft.record('rotation.step-ended', { step: id, as: 'renewed', why });
    afterEnd(draft, id);
  } else if (excused.some((one) => one.excusedAs === 'leave')) {
    const why = `${namesOf(excused)} may still need the old one`;
    draft.record('rotation.step-ended', { step: id, as: 'kept', why });
    afterEnd(draft, id);
  } else {
    if (excused.length > 0) {
      const why = `a person decided to end the old one without ${namesOf(excused)}`;
      draft.record('rotation.break-declared', { step: id, why });
    }
    retire(draft, id);
  }
}

/** The inventory learns how it ended; what ends by itself is renewed when half of its time is over. */
export function afterEnd(draft: RotationDraft, id: string): void {
  draft.effect({ type: 'note', step: id });
  const { expiresAtMs = null, mintedAtMs = null } = draft.step(id) ?? {};
  if (expiresAtMs === null || mintedAtMs === null) return;
  const atMs = mintedAtMs + Math.floor((expiresAtMs - mintedAtMs) / 2);
  draft.record('rotation.renewal-planned', { step: id, atMs });
  draft.effect({ type: 'renew', step: id, dueAtMs: atMs });
}

export function retire(draft: RotationDraft, step: string): void {
  draft.record('rotation.retiring', { step });
  draft.effect({ type: 'retire', step });
}

const NAMED_MAX = 5;

export function namesOf(handOvers: readonly HandOver[]): string {
  const names = handOvers.slice(0, NAMED_MAX).map((one) => one.name);
  const more = handOvers.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

/** What was missing has come after all. */
function goOn(draft: RotationDraft): boolean {
  const { status, question } = draft.state;
  if (status !== 'stopped' || question === null) return false;
  if (question.kind !== 'missing-acknowledgement' && question.kind !== 'not-held') return false;
  const isOver = question.about.every((id) => {
    const handOver = draft.handOver(id);
    if (handOver !== undefined) return isSettled(handOver);
    const step = draft.step(id);
    return step === undefined || STEP_ENDS.has(step.status) || step.status === 'preparing';
  });
  if (isOver) draft.record('rotation.went-on', { why: 'what was missing has come' });
  return isOver;
}

function passWave(draft: RotationDraft): boolean {
  const { wave, status } = draft.state;
  if (wave === null || status !== 'running') return false;
  const own = waveHandOvers(draft);
  if (!own.every(isSettled)) return false;
  const isRetired = own.every(({ step: id }) => {
    const step = draft.step(id);
    const isWhole = draft.handOversOf(id).every(isSettled);
    return step === undefined || !isWhole || STEP_ENDS.has(step.status);
  });
  if (isRetired) draft.record('rotation.wave-passed', { wave: wave.number });
  return isRetired;
}

/** Small first: what is wrong shows on one consumer before it can harm many. */
function openWave(draft: RotationDraft): boolean {
  const { state, facts } = draft;
  if (state.status !== 'running' || state.wave !== null) return false;
  const left = state.steps.filter((step) => !STEP_ENDS.has(step.status));
  if (left.length === 0) {
    if (state.steps.some((step) => step.lost.length > 0)) return false;
    const kept = state.steps.filter((step) => step.status === 'kept').length;
    const byHand = state.steps.filter(isLeftToPeople).length;
    draft.record('rotation.completed', { steps: state.steps.length, kept, byHand });
    return true;
  }
  const group = Math.min(...left.map((step) => step.group));
  const own = new Set(left.filter((step) => step.group === group).map((step) => step.id));
  const consumers = new Map<string, number>();
  for (const { step } of state.handOvers) consumers.set(step, (consumers.get(step) ?? 0) + 1);
  const waiting = state.handOvers
    .filter((one) => own.has(one.step) && one.wave === null)
    .toSorted((one, other) => (consumers.get(one.step) ?? 0) - (consumers.get(other.step) ?? 0));
  if (waiting.length === 0) return false;
  const handOvers = waiting.slice(0, waveSize(draft)).map((one) => one.id);
  const wave = state.wavesPassed + 1;
  const deadlineMs = facts.nowMs + facts.settings.acknowledgeMs;
  const watch = state.watch + 1;
  draft.record('rotation.wave-opened', { wave, handOvers, deadlineMs, watch });
  draft.effect({ type: 'deadline', dueAtMs: deadlineMs });
  draft.effect({ type: 'observe', watch, dueAtMs: facts.nowMs + facts.settings.observeMs });
  return true;
}

/** A credential that nothing here can renew; what is only cached needs nobody. */
function isLeftToPeople({ status, credential }: RotationStepState): boolean {
  return status === 'left' && credential !== null;
}

function waveSize({ state }: RotationDraft): number {
  // After a revoke everybody stands still already: there is nothing left that a small wave could spare.
  if (state.mode === 'emergency') return Infinity;
  return Math.min(LIMITS.rotationWaveMax, 2 ** Math.min(state.wavesPassed, 30));
}

function waveHandOvers(draft: RotationDraft): readonly HandOver[] {
  const own = new Set(draft.state.wave?.handOvers);
  return draft.state.handOvers.filter((one) => own.has(one.id));
}

function workOnWave(draft: RotationDraft): boolean {
  if (draft.state.status !== 'running') return false;
  for (const one of waveHandOvers(draft)) {
    const step = draft.step(one.step);
    if (step?.status === 'waiting' && one.status === 'waiting') {
      draft.record('rotation.step-preparing', { step: step.id });
      draft.effect({ type: 'prepare', step: step.id });
      return true;
    }
    if (step?.status !== 'minted' || one.status !== 'waiting') continue;
    if (one.consumer === null) {
      // Nobody to hand it to: from now on it is watched whether the old one is still used.
      draft.record('rotation.delivered', { handOver: one.id });
      return true;
    }
    if (one.place === null) continue;
    draft.record('rotation.handing-over', { handOver: one.id });
    draft.effect({ type: 'hand-over', handOver: one.id });
    return true;
  }
  return false;
}

function askAboutWave(draft: RotationDraft): boolean {
  if (draft.state.status !== 'running') return false;
  const own = waveHandOvers(draft);
  const failed = own.flatMap(({ step: id, status }) => {
    const step = draft.step(id);
    return step?.status === 'failed' && status !== 'excused' ? [step] : [];
  });
  const [first] = failed;
  if (first !== undefined) {
    const text = `No new credential for ${first.name}: ${first.reason ?? 'it failed'}. The old one is not revoked.`;
    draft.stop('mint-failed', [...new Set(failed.map((step) => step.id))], text);
    return true;
  }
  const blocked = own.filter((one) => one.status === 'blocked');
  if (blocked.length === 0) return false;
  const why = blocked[0]?.reason ?? 'it failed';
  const text = `The new credential could not be handed to ${namesOf(blocked)}: ${why}.`;
  draft.stop(
    'hand-over-blocked',
    blocked.map((one) => one.id),
    text,
  );
  return true;
}
