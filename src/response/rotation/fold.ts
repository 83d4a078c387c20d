import { assertNever, type Id } from '../../kernel/index.ts';
import type { RotationEntry } from './entries.ts';
import type { HandOver, RotationState, RotationStepState } from './model.ts';

type Opened = Extract<RotationEntry, { readonly kind: 'rotation.opened' }>;

function opened(id: Id<'rotation'>, entry: Opened): RotationState {
  const { plan, incident, reason } = entry.data;
  return {
    id,
    ordinal: 1,
    incident,
    reason,
    subject: plan.subject,
    name: plan.name,
    mode: plan.mode,
    status: 'asking',
    openedAtMs: entry.atMs,
    openedBy: entry.actor,
    revision: plan.revision,
    truncated: plan.truncated,
    cycleBreaks: plan.cycleBreaks,
    breaks: plan.breaks,
    steps: plan.steps.map(({ left, ...step }) => ({
      ...step,
      status: left === null ? 'waiting' : 'left',
      hold: 'unsuspected',
      label: null,
      mints: 0,
      custody: null,
      replacement: null,
      mintedAtMs: null,
      endedAtMs: null,
      expiresAtMs: null,
      renewAtMs: null,
      lost: [],
      strangerSeenAtMs: null,
      reason: left,
    })),
    handOvers: plan.handOvers.map((one) => ({
      ...one,
      status: 'waiting',
      wave: null,
      progress: 'pending',
      deliveredAtMs: null,
      newSeenAtMs: null,
      oldSeenAtMs: null,
      claimedBy: null,
      excusedAs: null,
      tries: 0,
      reason: null,
    })),
    wave: null,
    wavesPassed: 0,
    question: null,
    questions: 0,
    watch: 0,
  };
}

function withStep(
  state: RotationState,
  id: string,
  patch: Partial<RotationStepState>,
): RotationState {
  const steps = state.steps.map((step) => (step.id === id ? { ...step, ...patch } : step));
  return { ...state, steps };
}

function withHandOver(state: RotationState, id: string, patch: Partial<HandOver>): RotationState {
  const handOvers = state.handOvers.map((one) => (one.id === id ? { ...one, ...patch } : one));
  return { ...state, handOvers };
}

export function foldRotation(
  before: RotationState | null,
  entry: RotationEntry,
  id: Id<'rotation'>,
): RotationState {
  if (entry.kind === 'rotation.opened') return opened(id, entry);
  if (before === null) throw new TypeError('the first entry of a rotation opens it');
  return { ...folded(before, entry), ordinal: before.ordinal + 1 };
}

function folded(state: RotationState, entry: RotationEntry): RotationState {
  switch (entry.kind) {
    case 'rotation.opened':
      return state;
    case 'rotation.started':
      return { ...state, status: 'running', question: null };
    case 'rotation.rejected':
      return { ...state, status: 'rejected', question: null };
    case 'rotation.wave-opened':
    case 'rotation.wave-passed':
      return foldWave(state, entry);
    case 'rotation.step-preparing':
    case 'rotation.step-held-up':
    case 'rotation.minting':
    case 'rotation.minted':
    case 'rotation.mint-lost':
    case 'rotation.lost-retired':
    case 'rotation.lost-left':
    case 'rotation.mint-failed':
    case 'rotation.retiring':
    case 'rotation.retired':
    case 'rotation.retire-failed':
    case 'rotation.step-ended':
    case 'rotation.hold-changed':
    case 'rotation.stranger-seen':
    case 'rotation.renewal-planned':
    case 'rotation.renewal-ended':
      return withStep(state, entry.data.step, stepPatch(state, entry));
    case 'rotation.handing-over':
    case 'rotation.delivered':
    case 'rotation.hand-over-blocked':
    case 'rotation.observed':
    case 'rotation.claimed':
      return withHandOver(state, entry.data.handOver, handOverPatch(state, entry));
    case 'rotation.stopped': {
      const { question } = entry.data;
      return {
        ...state,
        status: question.kind === 'start' ? 'asking' : 'stopped',
        question,
        questions: question.number,
      };
    }
    case 'rotation.went-on':
      return { ...state, status: 'running', question: null };
    case 'rotation.answered':
      return foldAnswer(state, entry.data);
    case 'rotation.break-declared':
      return { ...state, breaks: [...state.breaks, entry.data] };
    case 'rotation.cancelled':
      return { ...state, status: 'cancelled', question: null };
    case 'rotation.resumed': {
      const { deadlineMs, watch } = entry.data;
      const wave =
        state.wave === null || deadlineMs === null ? state.wave : { ...state.wave, deadlineMs };
      return { ...state, status: 'running', wave, watch };
    }
    case 'rotation.completed':
      return { ...state, status: 'done', wave: null };
    default:
      return assertNever(entry);
  }
}

type Waves = Extract<
  RotationEntry,
  { readonly kind: 'rotation.wave-opened' | 'rotation.wave-passed' }
>;

function foldWave(state: RotationState, entry: Waves): RotationState {
  if (entry.kind === 'rotation.wave-passed') {
    return { ...state, wave: null, wavesPassed: state.wavesPassed + 1 };
  }
  const { wave: number, handOvers, deadlineMs, watch } = entry.data;
  const own = new Set(handOvers);
  return {
    ...state,
    wave: { number, handOvers, deadlineMs },
    watch,
    handOvers: state.handOvers.map((one) => (own.has(one.id) ? { ...one, wave: number } : one)),
  };
}

type Steps = Extract<RotationEntry, { readonly data: { readonly step: string } }>;

function stepPatch(state: RotationState, entry: Steps): Partial<RotationStepState> {
  const step = state.steps.find((one) => one.id === entry.data.step);
  switch (entry.kind) {
    case 'rotation.step-preparing':
      return { status: 'preparing', reason: null };
    case 'rotation.step-held-up':
      return { status: 'held-up', hold: 'unheld' };
    case 'rotation.minting': {
      const { label, custody, hold } = entry.data;
      return { status: 'minting', label, custody, hold, mints: (step?.mints ?? 0) + 1 };
    }
    case 'rotation.minted': {
      const { replacement, custody, expiresAtMs = null } = entry.data;
      return { status: 'minted', replacement, custody, mintedAtMs: entry.atMs, expiresAtMs };
    }
    case 'rotation.mint-lost':
      return {
        status: 'waiting',
        label: null,
        custody: null,
        lost: [...(step?.lost ?? []), entry.data.lost],
      };
    case 'rotation.lost-retired':
    case 'rotation.lost-left':
      return { lost: [] };
    case 'rotation.mint-failed':
      return { status: 'failed', reason: entry.data.reason };
    case 'rotation.retiring':
      return { status: 'retiring' };
    case 'rotation.retired':
      return { status: 'retired', endedAtMs: entry.atMs };
    case 'rotation.retire-failed':
      return step?.status === 'retiring'
        ? { status: 'minted', reason: entry.data.reason }
        : { reason: entry.data.reason };
    case 'rotation.step-ended':
      return { status: entry.data.as, reason: entry.data.why };
    case 'rotation.hold-changed':
      return { hold: entry.data.hold };
    case 'rotation.stranger-seen':
      return { strangerSeenAtMs: entry.data.atMs };
    case 'rotation.renewal-planned':
      return { renewAtMs: entry.data.atMs };
    case 'rotation.renewal-ended':
      return { renewAtMs: null };
    case 'rotation.break-declared':
      return {};
    default:
      return assertNever(entry);
  }
}

type HandOvers = Extract<RotationEntry, { readonly data: { readonly handOver: string } }>;

function handOverPatch(state: RotationState, entry: HandOvers): Partial<HandOver> {
  switch (entry.kind) {
    case 'rotation.handing-over': {
      const tries = state.handOvers.find((one) => one.id === entry.data.handOver)?.tries ?? 0;
      return { status: 'writing', tries: tries + 1, reason: null };
    }
    case 'rotation.delivered':
      return { status: 'delivered', progress: 'delivered', deliveredAtMs: entry.atMs };
    case 'rotation.hand-over-blocked':
      return { status: 'blocked', reason: entry.data.reason };
    case 'rotation.observed': {
      const { progress, newSeenAtMs, oldSeenAtMs } = entry.data;
      return { progress, newSeenAtMs, oldSeenAtMs };
    }
    case 'rotation.claimed':
      return { claimedBy: entry.data.by };
    default:
      return assertNever(entry);
  }
}

function foldAnswer(
  state: RotationState,
  { choice, deadlineMs }: Extract<RotationEntry, { kind: 'rotation.answered' }>['data'],
): RotationState {
  const about = new Set(state.question?.about);
  const wave =
    state.wave === null || deadlineMs === null ? state.wave : { ...state.wave, deadlineMs };
  const base: RotationState = { ...state, status: 'running', question: null, wave };
  const concerns = (one: HandOver): boolean => about.has(one.id) || about.has(one.step);
  if (choice === 'wait') {
    return {
      ...base,
      steps: base.steps.map((step) =>
        about.has(step.id) && step.status === 'failed' ? { ...step, status: 'waiting' } : step,
      ),
      handOvers: base.handOvers.map((one) =>
        concerns(one) && one.status === 'blocked' ? { ...one, status: 'waiting' } : one,
      ),
    };
  }
  if (choice !== 'leave' && choice !== 'retire') return base;
  return {
    ...base,
    handOvers: base.handOvers.map((one) =>
      concerns(one) && one.progress !== 'acknowledged'
        ? { ...one, status: 'excused', excusedAs: choice }
        : one,
    ),
  };
}

export function foldRotationAll(
  entries: readonly RotationEntry[],
  id: Id<'rotation'>,
): RotationState | null {
  let state: RotationState | null = null;
  for (const entry of entries) state = foldRotation(state, entry, id);
  return state;
}
