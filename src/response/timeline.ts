import { toTimestamp } from '../kernel/index.ts';
import type { RecordedEntry } from '../ledger/index.ts';
import { type CutState, namedIn } from './containment/model.ts';
import { vantageSentence } from './containment/vantage.ts';
import { DECISION_SENTENCES, type Names } from './decisions/sentences.ts';
import { REVIEW_SENTENCES } from './reviews/sentences.ts';
import { TRACK_SENTENCES } from './tracks/sentences.ts';
import type { EntryData, EntryKind } from './incident/entries.ts';
import type { IncidentState } from './incident/model.ts';
import { compromiseSentence } from './plan/compromise.ts';
import { BATCH_SENTENCES } from './batch/sentences.ts';
import type { TimelineEntry } from './model.ts';
import { stageOf } from './questions.ts';

/** The timeline is derived from the ledger; nobody types it. */
export function timelineOf(
  state: IncidentState,
  recorded: readonly RecordedEntry[],
): readonly TimelineEntry[] {
  const names = namesOf(state);
  return recorded.map(({ entry }) => ({
    at: entry.at,
    ordinal: entry.ordinal ?? 0,
    kind: entry.kind,
    actor: entry.actor,
    // Entries of an incident are written by this word, kind and data together.
    text: sentenceOf(names, entry.kind as EntryKind, entry.data as unknown as EntryData[EntryKind]),
    data: entry.data,
  }));
}

/** What a person may still stop while the window is open. */
const WINDOW_QUESTIONS = {
  W1: 'is stopping it worth the outage?',
  W2: 'is it truly leaked, is the evidence kept, is the replacement live?',
} as const;

type Sentences = { readonly [Kind in EntryKind]: (data: EntryData[Kind], say: Names) => string };

/** Looked up once: an incident of a thousand identities has tens of thousands of entries. */
function namesOf({ cuts, subjects, tasks }: IncidentState): Names {
  const cutsById = new Map<string, CutState>(cuts.map((one) => [one.id, one]));
  const named = new Map<string, string>([
    ...subjects.map(({ identity, name }) => [identity, name] as const),
    ...tasks.map(({ id, title }) => [id, title] as const),
  ]);
  return {
    cut: (id) => nameOfCut(cutsById.get(id)),
    identity: (id) => named.get(id) ?? id,
    task: (id) => named.get(id) ?? id,
    clock: (ms) => toTimestamp(ms).slice(11, 19),
    day: (ms) => toTimestamp(ms).slice(0, 10),
  };
}

function sentenceOf(names: Names, kind: EntryKind, data: EntryData[EntryKind]): string {
  // The pair belongs together, see timelineOf; TypeScript cannot follow it through the table.
  const sentence = SENTENCES[kind] as
    | ((data: EntryData[EntryKind], say: Names) => string)
    | undefined;
  return sentence === undefined ? kind : sentence(data, names);
}

function nameOfCut(cut: CutState | undefined): string {
  if (cut === undefined) return 'a cut';
  const { subject, guarantee, target } = cut.order;
  const whom =
    subject.credential === undefined ? namedIn(cut.order) : `credential ${subject.credential}`;
  return `${stageOf(guarantee)} ${whom} at ${target}`;
}

const SENTENCES: Sentences = {
  'incident.opened': (data) => `Opened at ${data.severity}: ${data.title}.`,
  'suspect.considered': ({ suspect }) =>
    `${suspect.name} is marked as a suspect: who was asked and what they answered is looked at again.`,
  'source.quarantined': ({ source }) =>
    `What ${source} says is set aside until a right holder resets it: its fuse is blown.`,
  'incident.reopened': (data) => `Opened again: ${data.why}.`,
  'incident.contained': (data) =>
    `${data.sentence.charAt(0).toUpperCase()}${data.sentence.slice(1)}.`,
  'incident.uncontained': (data) =>
    `${data.sentence.charAt(0).toUpperCase()}${data.sentence.slice(1)}.`,
  'incident.restoring': () => 'Giving back has begun.',
  'incident.closed': (data) => `Closed: ${data.why}.`,
  'signal.attached': ({ signal }) =>
    `Signal ${signal.type} from ${signal.source} (${signal.authenticity}, ${signal.confidence}).`,
  'signal.attributed': ({ subject }) =>
    `It is about ${subject.name} on ${subject.target}${subject.compromise === undefined ? '' : `; ${compromiseSentence(subject.compromise)}`}.`,
  'exposure.recorded': (data, say) => `A credential of ${say.identity(data.identity)} is exposed.`,
  'exposure.withdrawn': (data, say) =>
    `The exposure of ${say.identity(data.identity)} was withdrawn.`,
  'credential.named': (data, say) =>
    `Another credential of ${say.identity(data.identity)} was named: ${data.credential.ref}.`,
  'authority.resolved': ({ resolution }) => `Authority: ${authoritySentence(resolution)}.`,
  'subject.held': (data, say) => `${say.identity(data.identity)} is held as it is: ${data.why}.`,
  'subject.released': (data, say) =>
    `${say.identity(data.identity)} is no longer held as it is: ${data.why}.`,
  'window.opened': (data, say) =>
    `Window ${data.window} is open until ${say.clock(data.untilMs)}: ${WINDOW_QUESTIONS[data.window]}`,
  'window.closed': (data) => `Window ${data.window} closed (${data.exit}): ${data.why}.`,
  'respawn.found': (data) =>
    `Respawn: credential ${data.ref} was minted at ${data.issuedAt.slice(11, 23)}.`,
  'restriction.set': (data, say) =>
    `The gate now answers ${data.effect} for ${say.identity(data.identity)}.`,
  'restriction.lifted': (data, say) => `The gate lets ${say.identity(data.identity)} pass again.`,
  'manual.assigned': (data, say) =>
    `By hand, by ${say.clock(data.dueAtMs)}: ${stageOf(data.guarantee)} ${say.identity(data.identity)}; asked of ${data.to.length === 0 ? 'nobody' : data.to.join(', ')}.`,
  'manual.claimed': (data) => `${data.by} says that it was done by hand; that proves nothing.`,
  'manual.withdrawn': ({ why }) => `Nothing has to be done by hand any more: ${why}.`,
  'manual.overdue': ({ ownSide }) =>
    ownSide === null
      ? 'Nobody has done it by hand in time.'
      : `Nobody has done it by hand in time; ${stageOf(ownSide.guarantee)} on our own side: ${ownSide.where.join(', ')}.`,
  ...DECISION_SENTENCES,
  ...TRACK_SENTENCES,
  ...BATCH_SENTENCES,
  'session.named': ({ session }) => `Session ${session.ref} is what it is about.`,
  'session.respawned': ({ session, cut }, say) =>
    `Session ${session} looks like the one that was cut: ${say.cut(cut)}.`,
  ...REVIEW_SENTENCES,
  'cut.planned': ({ plan }, say) => `Planned: ${say.cut(plan.id)}; ${plan.why}.`,
  'cut.authorised': (data, say) =>
    `Authorised by ${data.authority.by} ${data.authority.id}: ${say.cut(data.cut)}.`,
  'cut.returned': (data, say) => `Planned again: ${say.cut(data.cut)}; ${data.which}.`,
  'cut.dropped': (data, say) => `Dropped: ${say.cut(data.cut)}; ${data.why}.`,
  'cut.holding-evidence': (data, say) =>
    `Capturing evidence first: ${say.cut(data.cut)}; the fuse burns until ${say.clock(data.fuseUntilMs)}.`,
  'cut.recorded': (data, say) => recordedSentence(data, say.cut(data.cut)),
  'cut.applying': (data, say) => `The way back is recorded; applying: ${say.cut(data.cut)}.`,
  'cut.applied': (data, say) =>
    `Applied: ${say.cut(data.cut)}${data.already ? ' (it was there already)' : ''}.`,
  'cut.partial': (data, say) =>
    `Only in part: ${say.cut(data.cut)}; left: ${[...data.notDone, ...data.unknown].join(', ')}.`,
  'cut.blocked': (data, say) => `Blocked: ${say.cut(data.cut)}; ${data.reason}.`,
  'cut.probed': ({ cut, probed }, say) =>
    `Tried from ${probed.vantage}: ${say.cut(cut)}; ${probed.observed}${probed.error === null ? '' : ` (${probed.error})`}, control ${probed.control}.`,
  'cut.proven': (data, say) =>
    `Proven: ${say.cut(data.cut)}; ${data.probes} tries by ${data.method}${data.vantages === undefined ? '' : ` (${vantageSentence(data.vantages)})`}, the control works.`,
  'cut.irrevocable': (data, say) => `For good: ${say.cut(data.cut)}.`,
  'cut.residual': (data, say) =>
    `Holds with residual access until ${say.clock(data.untilMs)}: ${say.cut(data.cut)}; ${data.why}.`,
  'cut.unproven': (data, say) => `Unproven: ${say.cut(data.cut)}; ${data.why}.`,
  'cut.failed': (data, say) => `Failed: ${say.cut(data.cut)}; ${data.evidence}.`,
  'cut.drifted': (data, say) =>
    `Undone by ${data.by ?? 'somebody'}: ${say.cut(data.cut)}; ${data.evidence}.`,
  'cut.time-over': (data, say) =>
    `The time of a temporary cut is over, and it holds until somebody decides: ${say.cut(data.cut)}.`,
  'cut.reverting': (data, say) =>
    data.isRearm === true
      ? `Letting it work again, as decided: ${say.cut(data.cut)}.`
      : `Taking back: ${say.cut(data.cut)}.`,
  'cut.reverted': (data, say) => `The target says it is undone, trying it: ${say.cut(data.cut)}.`,
  'cut.restore-probed': ({ cut, probed }, say) =>
    `Tried after giving back: ${say.cut(cut)}; ${probed.observed}, control ${probed.control}.`,
  'cut.restored': (data, say) =>
    `Given back: ${say.cut(data.cut)}; ${data.access === 'given-back' ? 'access works again' : 'the leaked credential is still dead'}.`,
  'cut.revert-conflict': (data, say) =>
    `Changed by somebody else meanwhile: ${say.cut(data.cut)}; a person has to look.`,
  'cut.restore-failed': (data, say) =>
    `Could not be given back: ${say.cut(data.cut)}; ${data.reason}.`,
};

function recordedSentence(data: EntryData['cut.recorded'], cut: string): string {
  if (data.burnt) return `The evidence fuse burnt; going on: ${cut}.`;
  if (data.captured.length + data.missed.length === 0)
    return `No evidence is needed first: ${cut}.`;
  return `Evidence captured (${data.captured.length} items, ${data.missed.length} missed): ${cut}.`;
}

function authoritySentence(resolution: EntryData['authority.resolved']['resolution']): string {
  const { mandate, automaticUpTo, holders } = resolution;
  const who = holders[0] === undefined ? 'nobody holds the right' : `${holders[0].person} decides`;
  if (mandate === null || automaticUpTo === null) return `nothing happens without asking; ${who}`;
  return `mandate ${mandate.id} (${mandate.mode}) reaches ${automaticUpTo}; ${who}`;
}
