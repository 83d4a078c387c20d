import type { CutSubject } from '../../connectors/contract.ts';
import { assertNever, FirebreakError, type Id, LIMITS } from '../../kernel/index.ts';
import { advance, afterEnd, conclude, isUsedByStrangers, namesOf, retire } from './advance.ts';
import { isSettled, RotationDraft, type RotationDecided, type RotationFacts } from './draft.ts';
import type { RotationPlan } from './entries.ts';
import type { Hold, QuestionKind, RotationChoice, RotationState } from './model.ts';
import { type Observation, observe } from './observe.ts';

export type RotationCommand =
  | {
      readonly type: 'open';
      readonly plan: RotationPlan;
      readonly incident: Id<'incident'> | null;
      readonly reason: string;
      /** Whoever asks may start it; else somebody who may is asked. */
      readonly isAllowed: boolean;
    }
  | {
      readonly type: 'prepared';
      readonly step: string;
      readonly hold: Hold;
      readonly custody: Id<'custody'> | null;
    }
  | {
      readonly type: 'minted';
      readonly step: string;
      readonly replacement: CutSubject;
      readonly custody: Id<'custody'>;
      readonly expiresAtMs?: number;
    }
  | { readonly type: 'renew-later'; readonly step: string }
  | {
      readonly type: 'renewal-ended';
      readonly step: string;
      readonly by: string;
      readonly why: string;
    }
  | { readonly type: 'mint-lost'; readonly step: string; readonly lost: CutSubject }
  | { readonly type: 'lost-retired'; readonly step: string }
  | { readonly type: 'mint-failed'; readonly step: string; readonly reason: string }
  | { readonly type: 'delivered'; readonly handOver: string }
  | { readonly type: 'hand-over-failed'; readonly handOver: string; readonly reason: string }
  | { readonly type: 'observed'; readonly watch: number; readonly seen: Observation }
  | { readonly type: 'retired'; readonly step: string }
  | { readonly type: 'retire-failed'; readonly step: string; readonly reason: string }
  | { readonly type: 'deadline'; readonly atMs: number }
  | { readonly type: 'claim'; readonly handOver: string; readonly by: string }
  | {
      readonly type: 'answer';
      readonly question: number;
      readonly choice: RotationChoice;
      readonly by: string;
    }
  | { readonly type: 'cancel'; readonly by: string; readonly reason: string }
  | { readonly type: 'resume'; readonly by: string };

/** What comes back from steps that were under way counts whatever happened meanwhile: nothing that exists is forgotten. */
export function decideRotation(
  id: Id<'rotation'>,
  before: RotationState | null,
  command: RotationCommand,
  facts: RotationFacts,
): RotationDecided {
  const draft = new RotationDraft(id, before, facts);
  take(draft, command);
  advance(draft);
  return draft.decided();
}

function take(draft: RotationDraft, command: RotationCommand): void {
  switch (command.type) {
    case 'open':
      open(draft, command);
      return;
    case 'prepared':
    case 'minted':
    case 'mint-lost':
    case 'lost-retired':
    case 'mint-failed':
    case 'retired':
    case 'retire-failed':
      takeStep(draft, command);
      return;
    case 'delivered':
    case 'hand-over-failed':
      takeHandOver(draft, command);
      return;
    case 'observed':
      look(draft, command);
      return;
    case 'renew-later':
    case 'renewal-ended':
      takeRenewal(draft, command);
      return;
    case 'deadline':
      meetDeadline(draft, command.atMs);
      return;
    case 'claim':
      claim(draft, command);
      return;
    case 'answer':
      answer(draft, command);
      return;
    case 'cancel':
      cancel(draft, command);
      return;
    case 'resume':
      resume(draft, command.by);
      return;
    default:
      assertNever(command);
  }
}

type Of<Type extends RotationCommand['type']> = Extract<RotationCommand, { readonly type: Type }>;

function open(draft: RotationDraft, { plan, incident, reason, isAllowed }: Of<'open'>): void {
  draft.record('rotation.opened', { plan, incident, reason });
  if (isAllowed) draft.record('rotation.started', { by: draft.facts.actor });
  else draft.stop('start', [], `Renew the credentials of ${plan.name} and of what it opens?`);
}

function takeStep(
  draft: RotationDraft,
  command: Of<
    | 'prepared'
    | 'minted'
    | 'mint-lost'
    | 'lost-retired'
    | 'mint-failed'
    | 'retired'
    | 'retire-failed'
  >,
): void {
  const step = draft.step(command.step);
  if (step === undefined) return;
  switch (command.type) {
    case 'prepared':
      if (step.status === 'preparing') prepared(draft, command, step.mints);
      return;
    case 'minted': {
      const { type: _, ...minted } = command;
      if (step.status !== 'minting') return;
      draft.record('rotation.minted', minted);
      draft.effect({ type: 'note', step: step.id });
      if (step.lost.length > 0) draft.effect({ type: 'retire-lost', step: step.id });
      return;
    }
    case 'mint-lost':
      if (step.status !== 'minting') return;
      draft.record('rotation.mint-lost', { step: step.id, lost: command.lost });
      if (step.mints < LIMITS.rotationMintsMax) return;
      draft.record('rotation.mint-failed', {
        step: step.id,
        reason: `its secret was lost on the way ${step.mints} times`,
      });
      return;
    case 'mint-failed':
      if (step.status !== 'minting' && step.status !== 'preparing') return;
      draft.record('rotation.mint-failed', { step: step.id, reason: command.reason });
      return;
    case 'retired':
      if (step.status !== 'retiring') return;
      draft.record('rotation.retired', { step: step.id });
      afterEnd(draft, step.id);
      return;
    case 'lost-retired':
      if (step.lost.length > 0) draft.record('rotation.lost-retired', { step: step.id });
      return;
    case 'retire-failed': {
      if (step.status !== 'retiring' && step.lost.length === 0) return;
      const { reason } = command;
      draft.record('rotation.retire-failed', { step: step.id, reason });
      const text = `The old credential of ${step.name} could not be ended: ${reason}.`;
      draft.stop('retire-failed', [step.id], text);
      return;
    }
    default:
      assertNever(command);
  }
}

function prepared(
  draft: RotationDraft,
  { step, hold, custody }: Of<'prepared'>,
  mints: number,
): void {
  // Both valid while the old one is suspected and free would give the attacker what the victim gets.
  if (hold === 'unheld') {
    draft.record('rotation.step-held-up', { step });
    return;
  }
  if (hold === 'dead') {
    const why = 'its old credential was dead before the new one was there';
    draft.record('rotation.break-declared', { step, why });
  }
  const place = draft.state.steps.findIndex((one) => one.id === step);
  const label = `fb-${draft.state.id.slice(-8)}-${place + 1}-${mints + 1}`;
  draft.record('rotation.minting', { step, label, custody, hold });
  draft.effect({ type: 'mint', step });
}

function takeHandOver(draft: RotationDraft, command: Of<'delivered' | 'hand-over-failed'>): void {
  const one = draft.handOver(command.handOver);
  if (one?.status !== 'writing') return;
  if (command.type === 'delivered') draft.record('rotation.delivered', { handOver: one.id });
  else {
    const { reason } = command;
    draft.record('rotation.hand-over-blocked', { handOver: one.id, reason });
  }
}

function look(draft: RotationDraft, { watch, seen }: Of<'observed'>): void {
  const { status } = draft.state;
  const isOn = status === 'running' || status === 'stopped';
  if (!isOn || watch !== draft.state.watch) return;
  observe(draft, seen);
  advance(draft);
  // A new wave began its own looks; two at once would be one too many.
  if (draft.state.watch !== watch || draft.state.status === 'done') return;
  const { nowMs, settings } = draft.facts;
  draft.effect({ type: 'observe', watch, dueAtMs: nowMs + settings.observeMs });
}

function meetDeadline(draft: RotationDraft, atMs: number): void {
  const { wave, status, handOvers } = draft.state;
  if (wave === null || atMs < wave.deadlineMs || status !== 'running') return;
  const own = handOvers.filter((one) => one.wave === wave.number);
  const heldUp = own.flatMap(({ step: id }) => {
    const step = draft.step(id);
    return step?.status === 'held-up' ? [step] : [];
  });
  if (heldUp[0] !== undefined) {
    const text = `${heldUp[0].name} is suspected and not held, so nothing new is minted beside it. Restrict or isolate it first.`;
    draft.stop('not-held', [...new Set(heldUp.map((step) => step.id))], text);
    return;
  }
  const missing = own.filter((one) => !isSettled(one));
  if (missing.length > 0) {
    const text = `${namesOf(missing)} did not show the new credential in use within the time.${claimText(missing)}${unseenText(draft, missing)}`;
    draft.stop(
      'missing-acknowledgement',
      missing.map((one) => one.id),
      text,
    );
    return;
  }
  const used = [...new Set(own.map((one) => one.step))].flatMap((id) => {
    const step = draft.step(id);
    return step?.status === 'minted' && isUsedByStrangers(draft, step) ? [step] : [];
  });
  if (used[0] === undefined) {
    // Something is under way still: it gets as much time again.
    waitLonger(draft);
    return;
  }
  const text = `Somebody who is no known consumer still uses the old credential of ${used[0].name}.`;
  draft.stop(
    'missing-acknowledgement',
    used.map((step) => step.id),
    text,
  );
}

function claimText(missing: readonly { readonly claimedBy: string | null }[]): string {
  const claimed = missing.filter((one) => one.claimedBy !== null).length;
  return claimed === 0 ? '' : ` ${claimed} of them claimed to be done.`;
}

/** Waiting for what cannot be seen helps nobody: then the question says so. */
function unseenText(draft: RotationDraft, missing: readonly { readonly step: string }[]): string {
  const why = missing.flatMap(({ step }) => draft.step(step)?.unseen ?? []);
  return [...new Set(why)].map((one) => ` It cannot: ${one}.`).join('');
}

function waitLonger(draft: RotationDraft): void {
  const { wave } = draft.state;
  if (wave === null) return;
  draft.effect({
    type: 'deadline',
    dueAtMs: draft.facts.nowMs + draft.facts.settings.acknowledgeMs,
  });
}

function claim(draft: RotationDraft, { handOver: id, by }: Of<'claim'>): void {
  const one = draft.handOver(id);
  if (one === undefined) {
    throw new FirebreakError('rotation-refused', { problem: `no consumer ${id} is part of it` });
  }
  if (one.claimedBy === null) draft.record('rotation.claimed', { handOver: id, by });
}

const CHOICES: Readonly<Record<QuestionKind, readonly RotationChoice[]>> = {
  start: ['approve', 'reject'],
  'missing-acknowledgement': ['wait', 'leave', 'retire'],
  'not-held': ['wait', 'leave'],
  // Without a new credential the old one stays: ending it is a cut, and asked for as one.
  'mint-failed': ['wait', 'leave'],
  'retire-failed': ['wait', 'leave'],
  'hand-over-blocked': ['wait', 'leave', 'retire'],
};

export function choicesOf(kind: QuestionKind): readonly RotationChoice[] {
  return CHOICES[kind];
}

function answer(draft: RotationDraft, { question: number, choice, by }: Of<'answer'>): void {
  const { question } = draft.state;
  if (question?.number !== number) {
    throw new FirebreakError('rotation-refused', { problem: 'that question is not open any more' });
  }
  const allowed = CHOICES[question.kind];
  if (!allowed.includes(choice)) {
    const problem = `\`${choice}\` does not answer this; ${allowed.join(', ')} do`;
    throw new FirebreakError('rotation-refused', { problem });
  }
  const { nowMs, settings } = draft.facts;
  const deadlineMs = question.kind === 'start' ? null : nowMs + settings.acknowledgeMs;
  draft.record('rotation.answered', { question: number, choice, by, deadlineMs });
  if (choice === 'approve') draft.record('rotation.started', { by });
  if (choice === 'reject') draft.record('rotation.rejected', { by });
  if (deadlineMs !== null) draft.effect({ type: 'deadline', dueAtMs: deadlineMs });
  for (const id of question.about) answerStep(draft, id, question.kind, choice);
}

/** Questions about steps whose consumers are all settled; those about hand-overs follow by themselves. */
function answerStep(
  draft: RotationDraft,
  id: string,
  kind: QuestionKind,
  choice: RotationChoice,
): void {
  const step = draft.step(id);
  if (step?.status === 'held-up' && choice === 'wait') {
    draft.record('rotation.step-preparing', { step: id });
    draft.effect({ type: 'prepare', step: id });
  }
  if (step !== undefined && step.lost.length > 0 && kind === 'retire-failed') {
    if (choice === 'wait') draft.effect({ type: 'retire-lost', step: id });
    else draft.record('rotation.lost-left', { step: id });
    return;
  }
  if (step?.status !== 'minted' || !draft.handOversOf(id).every(isSettled)) return;
  if (choice === 'leave') {
    const why = 'a person decided to leave it';
    draft.record('rotation.step-ended', { step: id, as: 'kept', why });
    afterEnd(draft, id);
  } else if (choice === 'retire') {
    const why = 'a person decided to end it although somebody unknown uses it';
    draft.record('rotation.break-declared', { step: id, why });
    retire(draft, id);
  } else if (step.reason !== null) conclude(draft, step);
}

const OVER = new Set(['done', 'rejected', 'cancelled']);

function takeRenewal(draft: RotationDraft, command: Of<'renew-later' | 'renewal-ended'>): void {
  const step = draft.step(command.step);
  if (step === undefined || step.renewAtMs === null) return;
  if (command.type === 'renewal-ended') {
    const { by, why } = command;
    draft.record('rotation.renewal-ended', { step: step.id, by, why });
    return;
  }
  const dueAtMs = draft.facts.nowMs + draft.facts.settings.observeMs;
  draft.effect({ type: 'renew', step: step.id, dueAtMs });
}

function cancel(draft: RotationDraft, { by, reason }: Of<'cancel'>): void {
  if (OVER.has(draft.state.status)) {
    const renewed = draft.state.steps.filter((step) => step.renewAtMs !== null);
    for (const { id: step } of renewed) {
      draft.record('rotation.renewal-ended', { step, by, why: reason });
    }
    if (renewed.length > 0) return;
    const problem = `it is ${draft.state.status} already`;
    throw new FirebreakError('rotation-refused', { problem });
  }
  // What was never allowed to start cannot be resumed.
  if (draft.state.status === 'asking') draft.record('rotation.rejected', { by });
  else draft.record('rotation.cancelled', { by, reason });
}

function resume(draft: RotationDraft, by: string): void {
  const { status, wave, watch: before } = draft.state;
  if (status !== 'cancelled') {
    throw new FirebreakError('rotation-refused', { problem: `it is ${status}, not cancelled` });
  }
  const { nowMs, settings } = draft.facts;
  const deadlineMs = wave === null ? null : nowMs + settings.acknowledgeMs;
  const watch = before + 1;
  draft.record('rotation.resumed', { by, deadlineMs, watch });
  if (deadlineMs !== null) draft.effect({ type: 'deadline', dueAtMs: deadlineMs });
  draft.effect({ type: 'observe', watch, dueAtMs: nowMs + settings.observeMs });
}
