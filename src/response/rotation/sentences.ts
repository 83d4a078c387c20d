import { toTimestamp } from '../../kernel/index.ts';
import type { TimelineEntry } from '../actor.ts';
import type { RecordedEntry } from '../../ledger/index.ts';
import type { RotationEntryData, RotationEntryKind } from './entries.ts';
import type { RotationState } from './model.ts';

interface Names {
  readonly step: (id: string) => string;
  readonly consumer: (id: string) => string;
}

type Sentences = {
  readonly [Kind in RotationEntryKind]: (data: RotationEntryData[Kind], say: Names) => string;
};

const PROGRESS = {
  pending: 'has nothing new yet',
  delivered: 'has the new credential and still uses the old one',
  'observed-new': 'uses the new credential, and the old one as well',
  'old-idle': 'has left the old credential and was not seen with the new one',
  acknowledged: 'uses the new credential and has left the old one',
} as const;

const HOLDS = {
  unsuspected: 'nobody suspects it',
  unheld: 'it is suspected and not held',
  held: 'it is held',
  dead: 'it is dead',
} as const;

function clock(ms: number): string {
  return toTimestamp(ms).slice(11, 19);
}

// table: what each entry says
const SENTENCES: Sentences = {
  'rotation.opened': ({ plan, reason }) =>
    `Renewing ${plan.name} was asked for (${plan.mode}): ${plan.steps.length} steps, ${plan.handOvers.length} consumers; ${reason}.`,
  'rotation.started': ({ by }) => `Started by ${by}.`,
  'rotation.rejected': ({ by }) => `Not started: ${by} said no.`,
  'rotation.wave-opened': (data, say) =>
    `Wave ${data.wave}: ${data.handOvers.length === 1 ? say.consumer(data.handOvers[0] ?? '') : `${data.handOvers.length} consumers`}, to be acknowledged by ${clock(data.deadlineMs)}.`,
  'rotation.wave-passed': ({ wave }) => `Wave ${wave} is over.`,
  'rotation.step-preparing': ({ step }, say) => `Preparing a new credential for ${say.step(step)}.`,
  'rotation.step-held-up': ({ step }, say) =>
    `Waiting: ${say.step(step)} is suspected and not held, so nothing is minted beside it.`,
  'rotation.minting': ({ step, label, hold }, say) =>
    `Minting ${label} beside ${say.step(step)}; ${HOLDS[hold]}.`,
  'rotation.minted': ({ step, replacement, expiresAtMs }, say) =>
    `${say.step(step)} has a new credential: ${replacement.credential ?? replacement.identity}${expiresAtMs === undefined ? '' : `, which ends by itself at ${clock(expiresAtMs)}`}.`,
  'rotation.renewal-planned': ({ step, atMs }, say) =>
    `What took the place of ${say.step(step)} is renewed at ${clock(atMs)}.`,
  'rotation.renewal-ended': ({ step, by, why }, say) =>
    `No more renewal of what took the place of ${say.step(step)} (${by}): ${why}.`,
  'rotation.mint-lost': ({ lost }) =>
    `The secret of ${lost.credential ?? lost.identity} was lost on the way; it will be ended and another one minted.`,
  'rotation.lost-retired': ({ step }, say) =>
    `What was minted for ${say.step(step)} and lost on the way is ended.`,
  'rotation.lost-left': ({ step }, say) =>
    `What was minted for ${say.step(step)} and lost on the way is still there; a person left it.`,
  'rotation.mint-failed': ({ step, reason }, say) =>
    `No new credential for ${say.step(step)}: ${reason}. The old one is not revoked.`,
  'rotation.handing-over': ({ handOver }, say) => `Handing over to ${say.consumer(handOver)}.`,
  'rotation.delivered': ({ handOver }, say) =>
    `Handed over to ${say.consumer(handOver)}: written, read back, tried.`,
  'rotation.hand-over-blocked': ({ handOver, reason }, say) =>
    `Not handed over to ${say.consumer(handOver)}: ${reason}.`,
  'rotation.observed': ({ handOver, progress }, say) =>
    `${say.consumer(handOver)} ${PROGRESS[progress]}.`,
  'rotation.hold-changed': ({ step, hold }, say) => `${say.step(step)}: ${HOLDS[hold]} now.`,
  'rotation.stranger-seen': ({ step, atMs }, say) =>
    `Somebody who is no known consumer used ${say.step(step)} at ${clock(atMs)}.`,
  'rotation.claimed': ({ handOver, by }, say) =>
    `${by} says that ${say.consumer(handOver)} is done; its use decides.`,
  'rotation.retiring': ({ step }, say) => `Ending the old credential of ${say.step(step)}.`,
  'rotation.retired': ({ step }, say) => `The old credential of ${say.step(step)} is ended.`,
  'rotation.retire-failed': ({ step, reason }, say) =>
    `The old credential of ${say.step(step)} could not be ended: ${reason}.`,
  'rotation.step-ended': ({ step, as, why }, say) =>
    `${say.step(step)} is ${as === 'kept' ? 'left as it is' : as}: ${why}.`,
  'rotation.stopped': ({ question }) => `Stopped, and asked: ${question.text}`,
  'rotation.went-on': ({ why }) => `Going on: ${why}.`,
  'rotation.answered': ({ choice, by }) => `${by} answered: ${choice}.`,
  'rotation.break-declared': ({ step, why }, say) => `Declared break at ${say.step(step)}: ${why}.`,
  'rotation.cancelled': ({ by, reason }) =>
    `Cancelled by ${by}: ${reason}. What is handed over stays.`,
  'rotation.resumed': ({ by }) => `Taken up again by ${by}.`,
  'rotation.completed': ({ steps, kept, byHand }) =>
    `Done: ${steps} steps${kept === 0 ? '' : `, ${kept} old credentials kept`}${byHand === 0 ? '' : `, ${byHand} to be renewed by hand`}.`,
};

/** Derived from the ledger; nobody types it. */
export function rotationTimeline(
  state: RotationState,
  recorded: readonly RecordedEntry[],
): readonly TimelineEntry[] {
  const steps = new Map(state.steps.map((step) => [step.id, step]));
  const handOvers = new Map(state.handOvers.map((one) => [one.id, one]));
  const names: Names = {
    step: (id) => {
      const step = steps.get(id);
      return step === undefined ? id : `${step.name} of ${step.identityName}`;
    },
    consumer: (id) => handOvers.get(id)?.name ?? id,
  };
  return recorded.map(({ entry }) => ({
    at: entry.at,
    ordinal: entry.ordinal ?? 0,
    kind: entry.kind,
    actor: entry.actor,
    text: sentenceOf(entry.kind as RotationEntryKind, entry.data as never, names), // Written by this word, kind and data together.
    data: entry.data,
  }));
}

function sentenceOf<Kind extends RotationEntryKind>(
  kind: Kind,
  data: RotationEntryData[Kind],
  names: Names,
): string {
  const sentence: Sentences[Kind] | undefined = SENTENCES[kind];
  return sentence === undefined ? kind : sentence(data, names);
}
