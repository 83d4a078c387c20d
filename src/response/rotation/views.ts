import { toTimestamp } from '../../kernel/index.ts';
import { choicesOf } from './decide.ts';
import type { RotationPlanView, RotationSummary, RotationView, StepView } from './door.ts';
import { isSettled } from './draft.ts';
import type { RotationPlan } from './entries.ts';
import { type HandOver, type RotationState, type RotationStepState, STEP_ENDS } from './model.ts';

function timeOf(atMs: number | null): string | null {
  return atMs === null ? null : toTimestamp(atMs);
}

export function rotationSummaryOf(state: RotationState): RotationSummary {
  const { id, incident, subject, name, mode, status, openedBy } = state;
  return {
    id,
    incident,
    subject,
    name,
    mode,
    status,
    sentence: sentenceOf(state),
    openedAt: toTimestamp(state.openedAtMs),
    openedBy,
  };
}

function sentenceOf({ status, steps, handOvers, question, wave }: RotationState): string {
  const over = steps.filter((step) => STEP_ENDS.has(step.status)).length;
  const kept = steps.filter((step) => step.status === 'kept').length;
  const settled = handOvers.filter(isSettled).length;
  const counts = `${over} of ${steps.length} steps over, ${settled} of ${handOvers.length} consumers settled`;
  switch (status) {
    case 'asking':
      return 'not started: it waits for whoever may start it';
    case 'running':
      return wave === null ? counts : `wave ${wave.number} is under way; ${counts}`;
    case 'stopped':
      return `stopped: ${question?.text ?? ''} ${counts}`;
    case 'cancelled':
      return `cancelled; ${counts}`;
    case 'rejected':
      return 'not started: it was refused';
    case 'done':
      return kept === 0 ? `done; ${counts}` : `done, ${kept} old credentials kept; ${counts}`;
  }
}

export function rotationViewOf(state: RotationState): RotationView {
  const { question, wave } = state;
  const names = new Map(state.handOvers.map((one) => [one.id, one.name]));
  return {
    ...rotationSummaryOf(state),
    reason: state.reason,
    revision: state.revision,
    truncated: state.truncated,
    cycleBreaks: state.cycleBreaks.map(({ from, to, why }) => ({ from, to, why })),
    breaks: state.breaks,
    wave:
      wave === null
        ? null
        : {
            number: wave.number,
            consumers: wave.handOvers.map((id) => names.get(id) ?? id),
            deadline: toTimestamp(wave.deadlineMs),
          },
    question:
      question === null
        ? null
        : {
            number: question.number,
            kind: question.kind,
            text: question.text,
            about: question.about,
            choices: choicesOf(question.kind),
            since: toTimestamp(question.openedAtMs),
          },
    steps: stepsOf(state),
  };
}

function stepsOf(state: RotationState): readonly StepView[] {
  const byStep = Map.groupBy(state.handOvers, (one) => one.step);
  return state.steps.map((step) => stepViewOf(step, byStep.get(step.id) ?? []));
}

function stepViewOf(step: RotationStepState, handOvers: readonly HandOver[]): StepView {
  const { id, group, layer, target, identity, name, status, hold, replacement, reason } = step;
  return {
    id,
    group,
    layer,
    target,
    identity,
    name,
    status,
    hold,
    replacement: replacement === null ? null : { ...replacement },
    mintedAt: timeOf(step.mintedAtMs),
    expiresAt: timeOf(step.expiresAtMs),
    renewsAt: timeOf(step.renewAtMs),
    reason,
    consumers: handOvers.map((one) => ({
      id: one.id,
      name: one.name,
      state: one.status === 'delivered' ? one.progress : one.status,
      store: one.place?.store ?? null,
      deliveredAt: timeOf(one.deliveredAtMs),
      newSeenAt: timeOf(one.newSeenAtMs),
      oldSeenAt: timeOf(one.oldSeenAtMs),
      claimedBy: one.claimedBy,
      reason: one.reason,
    })),
  };
}

export function planViewOf(plan: RotationPlan): RotationPlanView {
  return {
    name: plan.name,
    mode: plan.mode,
    groups: Math.max(0, ...plan.steps.map((step) => step.group)),
    steps: plan.steps.length,
    consumers: plan.handOvers.length,
    withoutStore: plan.handOvers.flatMap(({ consumer, place, name }) =>
      consumer !== null && place === null ? [name] : [],
    ),
    byHand: plan.steps.flatMap(({ left, credential, name }) =>
      left === null || credential === null ? [] : [{ name, why: left }],
    ),
    unseen: plan.steps.flatMap(({ left, unseen, name }) =>
      left === null && unseen !== undefined ? [{ name, why: unseen }] : [],
    ),
    shortLived: plan.steps.flatMap(({ lifetimeMs, name }) =>
      lifetimeMs === undefined ? [] : [{ name, lifetimeS: Math.round(lifetimeMs / 1_000) }],
    ),
    cycleBreaks: plan.cycleBreaks.map((one) => one.why),
    breaks: plan.breaks.map((one) => one.why),
  };
}
