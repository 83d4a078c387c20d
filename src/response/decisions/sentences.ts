import type { Skipped } from '../../authority/index.ts';
import type { DecisionEntryData, HandOffReason } from './model.ts';

/** How the timeline names what entries only carry as ids and numbers. */
export interface Names {
  readonly cut: (id: string) => string;
  readonly identity: (id: string) => string;
  readonly task: (id: string) => string;
  readonly clock: (ms: number) => string;
  readonly day: (ms: number) => string;
}

type Sentences = {
  readonly [Kind in keyof DecisionEntryData]: (data: DecisionEntryData[Kind], say: Names) => string;
};

const HANDED_OFF: Readonly<Record<HandOffReason, string>> = {
  'time-passed': 'their time has passed',
  'not-acknowledged': 'nobody acknowledged it',
  'channels-failed': 'no channel reached anybody',
  'handed-over': 'they handed it over',
  'not-eligible': 'nobody there may decide it any more',
  'advisers-silent': 'the advisers were silent',
};

const SILENCE = {
  proceed: 'it goes on without their advice',
  'proceed-with-approved-template': 'it goes on with the approved template only',
  escalate: 'the next rung is asked',
} as const;

function listed(people: readonly string[]): string {
  return people.join(', ') || 'nobody';
}

function passedOver(skipped: readonly Skipped[]): string {
  if (skipped.length === 0) return '';
  const each = skipped.map(({ person, seat, why }) => `${person ?? seat} (${why})`);
  return ` Passed over: ${each.join('; ')}.`;
}

function until(atMs: number | null, say: Names): string {
  return atMs === null ? '' : `, until ${say.clock(atMs)}`;
}

export const DECISION_SENTENCES: Sentences = {
  'decision.opened': ({ decision, why, skipped }, say) => {
    const asked = decision.holders.map((one) => one.person).join(', ');
    const who =
      asked === '' ? 'nobody holds the right' : `${asked}${until(decision.deadlineMs, say)}`;
    return `Asked to ${decision.kind}: ${who} (${why}).${passedOver(skipped)}`;
  },
  'decision.warmed': ({ rung }) =>
    `${listed(rung.people)} (${rung.seat}) is told that it may become theirs.`,
  'decision.handed-off': ({ from, rung, why, skipped }, say) =>
    `Handed from ${from ?? 'nobody'} to ${listed(rung.people)} (${rung.seat})${until(rung.decideByMs, say)}: ${HANDED_OFF[why]}.${passedOver(skipped)}`,
  'decision.acknowledged': ({ person, seat }) =>
    `${person} (${seat}) has seen it; the time to decide stays what it was.`,
  'decision.advised': ({ advice }) =>
    `${advice.person} ${advice.as === 'adviser' ? 'advises' : 'recommends'}: ${advice.text}.`,
  'decision.advice-over': ({ means }) => `The advisers were silent: ${SILENCE[means]}.`,
  'decision.meanwhile': ({ guarantee, why }) =>
    guarantee === null
      ? `Nothing is done meanwhile: ${why}.`
      : `Meanwhile ${guarantee} holds, it can be undone: ${why}.`,
  'decision.supported': ({ vote, reason }) => `${vote.person} agrees as ${vote.as}: ${reason}.`,
  'decision.decided': (data) => `${data.by} ${data.outcome} it: ${data.reason}.`,
  'decision.defaulted': (data) =>
    `Nobody decided in time; ${data.guarantee} happens, it can be undone.`,
  'decision.overdue': ({ noDefault, againAtMs }, say) =>
    noDefault === true
      ? `Its default was due and nothing of it can act; asked again at ${say.clock(againAtMs)}.`
      : `Nobody decided in time; the state is kept and they are asked again, at ${say.clock(againAtMs)} the next time.`,
  'decision.expired': ({ why }) => `The question no longer stands: ${why}.`,
  'decision.glass-broken': ({ people, reason, reviewByMs }, say) =>
    `Break-glass: ${listed(people)} decide with their codes: ${reason}.${reviewByMs === null ? '' : ` It is to be reviewed by ${say.clock(reviewByMs)}.`}`,
  'decision.left-to-people': ({ what, to }) =>
    `Nothing in here does it: ${to} is to ${what}, and to say when that is done.`,
  'decision.glass-ended': ({ heldAgain, why }) =>
    heldAgain
      ? `The time of break-glass is over: what it gave back is held again (${why}).`
      : `The time of break-glass is over; nothing has to be taken back (${why}).`,
  'decision.review-due': ({ asked }) =>
    `What break-glass decided is to be reviewed now; asked of ${listed(asked)}.`,
  'decision.undone': ({ person, why }) => `The answer of ${person} is undone: ${why}.`,
  'decision.vote-undone': ({ person, why }) => `${person} no longer counts: ${why}.`,
};
