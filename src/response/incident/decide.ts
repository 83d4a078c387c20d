import type { AuthorityResolution } from '../../authority/index.ts';
import type { DiscoveredCredential, DiscoveredSession } from '../../connectors/contract.ts';
import { assertNever, type Id } from '../../kernel/index.ts';
import { type CutEvent, decideCut } from '../containment/decide.ts';
import { decideRestore, resumeRestore, type RestoreEvent } from '../containment/restore.ts';
import type { CutState } from '../containment/model.ts';
import { nobodyReached, setTimers, timePassed } from '../decisions/advance.ts';
import { answer, type Answer } from '../decisions/answer.ts';
import {
  askContainment,
  askRestore,
  cutTimeOver,
  resumeTimes,
  type ContainmentAsked,
  type RestoreAsked,
} from '../decisions/asking.ts';
import { expireChanged } from '../decisions/changed.ts';
import { breakGlass, glassDue, type GlassBroken } from '../decisions/glass.ts';
import { type ActAsked, askAct, closeMatter } from '../decisions/matter.ts';
import type { Live, SuspectNamed } from '../decisions/model.ts';
import { suspectMarked } from '../decisions/suspect.ts';
import { keepCustody, startAgeing } from '../evidence/custody.ts';
import type { EvidenceAct } from '../evidence/model.ts';
import { type BatchCommand, runBatch } from '../batch/commands.ts';
import type { TaskAct } from '../tracks/model.ts';
import { changeTask, recordHandOffs } from '../tracks/tasks.ts';
import { closeWhenDone } from '../reviews/closing.ts';
import { judge, type Judged } from '../reviews/judge.ts';
import { changeLongTail, type TailAct } from '../reviews/long-tail.ts';
import { reviewed } from '../reviews/look.ts';
import type { Found } from '../reviews/model.ts';
import { consider, windowEnded } from './consider.ts';
import { createDraft, cutOf, type Draft, type Facts } from './draft.ts';
import { restoreUnderWay } from './giving-back.ts';
import type { Effect } from './effects.ts';
import type { IncidentEntry } from './entries.ts';
import { closeEscalations } from './escalation.ts';
import { afterApplied, afterSettled, ask } from './ladder.ts';
import { type HoldAsked, holdWindow } from './hold.ts';
import { manualDue } from './manual.ts';
import type { Considered, IncidentState } from './model.ts';
import { watched } from './respawn.ts';
import type { ReplacementMissing } from './revoke.ts';
import { recordStanding } from './standing.ts';

/** Everything that can happen to an incident. */
export type IncidentCommand =
  | { readonly type: 'consider'; readonly considered: Considered }
  | { readonly type: 'cut'; readonly cut: Id<'cut'>; readonly event: CutEvent }
  | { readonly type: 'restore'; readonly cut: Id<'cut'>; readonly event: RestoreEvent }
  | {
      readonly type: 'window-end';
      readonly identity: Id<'identity'>;
      readonly window: 'W1' | 'W2';
      /** At the end of W2, when what is to take the place of the old credential is missing. */
      readonly missing?: ReplacementMissing;
    }
  | {
      readonly type: 'watched';
      readonly identity: Id<'identity'>;
      readonly credentials: readonly DiscoveredCredential[];
      readonly everyMs: number;
      /** Where a session was cut alone. */
      readonly sessions?: readonly DiscoveredSession[];
    }
  /** Authority was resolved again, from newer facts. */
  | {
      readonly type: 'authority';
      readonly identity: Id<'identity'>;
      readonly resolution: AuthorityResolution;
    }
  /** Something of a decision may be due; `dueAtMs` is what the timer was set for. */
  | {
      readonly type: 'deadline';
      readonly decision: Id<'decision'>;
      readonly dueAtMs: number;
      readonly live: Live;
    }
  | {
      readonly type: 'nobody-reached';
      readonly decision: Id<'decision'>;
      readonly seat: string;
      readonly live: Live;
    }
  | { readonly type: 'break-glass'; readonly given: GlassBroken }
  | {
      readonly type: 'glass-due';
      readonly decision: Id<'decision'>;
      readonly what: 'end' | 'review';
    }
  | { readonly type: 'ask-act'; readonly asked: ActAsked }
  | {
      readonly type: 'suspect-marked';
      readonly suspect: SuspectNamed;
      readonly by: Id<'decision'> | Id<'signal'>;
      readonly live: ReadonlyMap<string, Live>;
    }
  /** The time of a temporary cut is over; who may give back is asked. */
  | { readonly type: 'cut-time-over'; readonly cut: Id<'cut'>; readonly live: Live }
  | { readonly type: 'manual-due'; readonly decision: Id<'decision'> }
  | { readonly type: 'hold'; readonly asked: HoldAsked }
  | { readonly type: 'evidence'; readonly act: EvidenceAct }
  | { readonly type: 'task'; readonly act: TaskAct }
  | { readonly type: 'reviewed'; readonly identity: Id<'identity'>; readonly found: Found }
  | { readonly type: 'judge'; readonly judged: Judged }
  | { readonly type: 'long-tail'; readonly act: TailAct }
  | { readonly type: 'answer'; readonly answer: Answer }
  | BatchCommand
  | { readonly type: 'ask-containment'; readonly asked: ContainmentAsked }
  | { readonly type: 'ask-restore'; readonly asked: RestoreAsked };

export interface IncidentDecided {
  readonly state: IncidentState;
  readonly entries: readonly IncidentEntry[];
  readonly effects: readonly Effect[];
}

/** State, command and facts in; entries and effects out. Throws only for the caller's own mistakes. */
export function decide(
  id: Id<'incident'>,
  state: IncidentState | null,
  command: IncidentCommand,
  facts: Facts,
): IncidentDecided {
  const draft = createDraft(id, state, facts);
  run(draft, command, state === null);
  expireChanged(draft);
  closeMatter(draft);
  closeWhenDone(draft);
  recordHandOffs(draft, state);
  recordStanding(draft);
  startAgeing(draft, state);
  resumeTimes(draft, state);
  setTimers(draft, state);
  return { state: draft.state(), entries: draft.entries, effects: draft.effects };
}

function run(draft: Draft, command: IncidentCommand, isNew: boolean): void {
  switch (command.type) {
    case 'consider':
      consider(draft, command.considered, isNew);
      return;
    case 'cut':
      cutMoved(draft, command.cut, command.event);
      return;
    case 'restore':
      restoreMoved(draft, command.cut, command.event);
      return;
    case 'window-end':
      windowEnded(draft, command.identity, command.window, command.missing);
      return;
    case 'watched':
      watched(draft, command.identity, command.credentials, command.everyMs, command.sessions);
      return;
    case 'authority': {
      const { identity, resolution } = command;
      draft.record('authority.resolved', { identity, resolution });
      return;
    }
    case 'deadline':
      timePassed(draft, command.decision, command.live, command.dueAtMs);
      return;
    case 'nobody-reached':
      nobodyReached(draft, command.decision, command.seat, command.live);
      return;
    case 'break-glass':
    case 'glass-due':
      glass(draft, command);
      return;
    case 'ask-act':
      askAct(draft, command.asked, isNew);
      return;
    case 'suspect-marked':
      suspectMarked(draft, command.suspect, command.by, command.live);
      return;
    case 'cut-time-over':
      cutTimeOver(draft, command.cut, command.live);
      return;
    case 'hold':
      holdWindow(draft, command.asked);
      return;
    case 'manual-due':
      manualDue(draft, command.decision);
      return;
    case 'evidence':
    case 'task':
      act(draft, command);
      return;
    case 'answer':
      answer(draft, command.answer);
      return;
    case 'ask-batch':
    case 'take-up':
    case 'carry-on':
      runBatch(draft, command, isNew);
      return;
    case 'ask-containment':
      askContainment(draft, command.asked, isNew);
      return;
    case 'ask-restore':
      askRestore(draft, command.asked);
      return;
    default:
      runBeside(draft, command);
  }
}

type BesideCommand = Extract<
  IncidentCommand,
  { readonly type: 'reviewed' | 'judge' | 'long-tail' }
>;

/** What is looked at beside the cuts, and what stays after them. */
function runBeside(draft: Draft, command: BesideCommand): void {
  switch (command.type) {
    case 'reviewed':
      reviewed(draft, command.identity, command.found);
      return;
    case 'judge':
      judge(draft, command.judged);
      return;
    case 'long-tail':
      changeLongTail(draft, command.act);
      return;
    default:
      assertNever(command);
  }
}

function glass(
  draft: Draft,
  command: Extract<IncidentCommand, { readonly type: 'break-glass' | 'glass-due' }>,
): void {
  if (command.type === 'break-glass') breakGlass(draft, command.given);
  else glassDue(draft, command.decision, command.what);
}

/** What people do beside containment. */
function act(
  draft: Draft,
  command: Extract<IncidentCommand, { readonly type: 'evidence' | 'task' }>,
): void {
  if (command.type === 'evidence') keepCustody(draft, command.act);
  else changeTask(draft, command.act);
}

function cutMoved(draft: Draft, id: CutState['id'], event: CutEvent): void {
  const moved = decideCut(draft, id, event);
  const cut = cutOf(draft, id);
  if (restoreUnderWay(draft.state(), cut.subject.identity) !== null) {
    // Nothing new is begun while giving back; what came to rest may be the next to be given back.
    resumeRestore(draft, cut.subject.identity);
    return;
  }
  switch (moved) {
    case 'nothing':
      return;
    case 'applied':
      afterApplied(draft, cut);
      return;
    case 'settled':
    case 'failed':
      afterSettled(draft, cut);
      closeEscalations(draft, cut);
      return;
    case 'returned':
      ask(
        draft,
        cut.subject.identity,
        [cut.id],
        cut.order.guarantee,
        cut.reason ?? 'no longer automatic',
      );
      return;
    default:
      assertNever(moved);
  }
}

function restoreMoved(draft: Draft, id: CutState['id'], event: RestoreEvent): void {
  const moved = decideRestore(draft, id, event);
  const cut = cutOf(draft, id);
  if (moved === 'failed') afterSettled(draft, cut);
  if (moved === 'rested') resumeRestore(draft, cut.subject.identity);
}
