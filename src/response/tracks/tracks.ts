import { toTimestamp } from '../../kernel/index.ts';
import { type CutState, type CutStatus, namedIn } from '../containment/model.ts';
import { newestRung } from '../decisions/rungs.ts';
import type { IncidentDecision, IncidentState } from '../incident/model.ts';
import type { TaskView, TrackView } from '../model.ts';
import { reviewTasksOf } from '../reviews/views.ts';
import { type TaskOwner, type TaskState, type TrackName, TRACKS } from './model.ts';

const DONE: ReadonlySet<CutStatus> = new Set(['proven', 'irrevocable', 'residual', 'restored']);
const STUCK: ReadonlySet<CutStatus> = new Set([
  'blocked',
  'partial',
  'revert-conflict',
  'restore-failed',
]);
const OVER: ReadonlySet<CutStatus> = new Set(['dropped', 'failed']);

const NOBODY: TaskOwner = { seat: null, person: null };
/** The machine does it. */
const RUNNER: TaskOwner = { seat: 'firebreak', person: null };

interface OfTrack {
  readonly track: TrackName;
  readonly task: TaskView;
}

/** Four tracks side by side, derived from the state: no track is a step of another, so none can hold containment. */
export function tracksOf(state: IncidentState): readonly TrackView[] {
  // What is only asked for stands on the track as a decision.
  const asked = new Set(
    state.decisions.flatMap(({ state: now, action }) =>
      now === 'open' && action.verb === 'cut' ? action.cuts : [],
    ),
  );
  const all = [
    ...state.cuts.flatMap((cut) => (asked.has(cut.id) ? [] : ofCut(state, cut))),
    ...state.cuts.flatMap((cut) => ofEvidence(state, cut)),
    ...state.decisions.map((decision) => ofDecision(state, decision)),
    ...state.decisions.flatMap(ofGlass),
    ...state.subjects.flatMap(ofWindow),
    ...ofOwners(state),
    ...reviewTasksOf(state).map(({ track, title, state: now, blockedBy }) => ({
      track,
      task: derived('review', title, now, state.openedAtMs, { owner: NOBODY, blockedBy }),
    })),
    ...state.tasks.map(({ track, ...task }) => ({ track, task: written(task) })),
  ];
  return TRACKS.map((track) => {
    const tasks = all.filter((one) => one.track === track).map((one) => one.task);
    const titles = (wanted: TaskState): readonly string[] =>
      tasks.filter((task) => task.state === wanted).map((task) => task.title);
    return {
      track,
      tasks,
      done: titles('done'),
      doing: titles('doing'),
      blocked: tasks.flatMap(({ state: now, title, blockedBy, since }) =>
        now === 'blocked' ? [{ what: title, by: blockedBy ?? 'nobody', since }] : [],
      ),
      next: titles('next'),
    };
  });
}

function derived(
  from: TaskView['from'],
  title: string,
  state: TaskState,
  sinceMs: number,
  more: Partial<TaskView> = {},
): TaskView {
  return {
    id: null,
    from,
    title,
    owner: RUNNER,
    alternate: null,
    state,
    since: toTimestamp(sinceMs),
    blockedBy: null,
    until: null,
    ...more,
  };
}

function named(cut: CutState): string {
  return `${cut.order.guarantee} on ${namedIn(cut.order)}`;
}

function ofCut(state: IncidentState, cut: CutState): readonly OfTrack[] {
  if (OVER.has(cut.status)) return [];
  const sinceMs = cut.appliedAtMs ?? state.openedAtMs;
  const track = 'identity containment';
  if (STUCK.has(cut.status)) {
    const blockedBy = cut.reason ?? cut.order.target;
    return [{ track, task: derived('cut', named(cut), 'blocked', sinceMs, { blockedBy }) }];
  }
  const title = `${named(cut)}: ${cut.status}`;
  return [{ track, task: derived('cut', title, DONE.has(cut.status) ? 'done' : 'doing', sinceMs) }];
}

function ofEvidence(state: IncidentState, cut: CutState): readonly OfTrack[] {
  const title = `evidence before ${named(cut)}`;
  const is = (now: TaskState): readonly OfTrack[] => [
    { track: 'forensics', task: derived('evidence', title, now, state.openedAtMs) },
  ];
  if (cut.status === 'holding-evidence') return is('doing');
  return cut.evidenceWanted && cut.preImage !== null ? is('done') : [];
}

const CONTAINING = new Set(['contain', 'revoke', 'rearm', 'evidence', 'mark-suspect']);
const TELLING = new Set(['communicate', 'notify', 'disclose']);

export function trackOf(kind: IncidentDecision['kind']): TrackName {
  if (CONTAINING.has(kind)) return 'identity containment';
  return TELLING.has(kind) ? 'communications' : 'business decisions';
}

function ofDecision({ subjects }: IncidentState, decision: IncidentDecision): OfTrack {
  const { kind, state: now, openedAtMs, holders, next, deadlineMs, action } = decision;
  const track = trackOf(kind);
  const subject =
    action.verb === 'act'
      ? undefined
      : subjects.find(({ identity }) => identity === action.identity)?.name;
  const title = `decision ${kind}`;
  if (now !== 'open') {
    const whom = subject === undefined ? '' : ` for ${subject}`;
    return { track, task: derived('decision', `${title}${whom}: ${now}`, 'done', openedAtMs) };
  }
  const [holder] = holders;
  const heldBy = newestRung(decision)?.people.join(', ') || 'nobody holds the right';
  return {
    track,
    task: derived('decision', title, 'blocked', openedAtMs, {
      owner: holder ?? NOBODY,
      alternate: next === null ? null : { seat: next.seat, person: next.people[0] ?? null },
      blockedBy: heldBy,
      until: deadlineMs === null ? null : toTimestamp(deadlineMs),
    }),
  };
}

/** Whoever broke the glass is asked about it afterwards. */
function ofGlass({ glass, kind, openedAtMs }: IncidentDecision): readonly OfTrack[] {
  if (glass === undefined || glass.reviewByMs === null) return [];
  const until = toTimestamp(glass.reviewByMs);
  const title = `review by ${until.slice(0, 10)}: ${glass.people.join(' and ')} used break-glass to ${kind}`;
  const task = derived('decision', title, 'next', openedAtMs, { until });
  return [{ track: 'business decisions', task }];
}

function ofWindow({ window, name }: IncidentState['subjects'][number]): readonly OfTrack[] {
  if (window === null) return [];
  const until = toTimestamp(window.untilMs);
  const title = `${window.name} of ${name} ends ${until}`;
  const task = derived('clock', title, 'next', window.openedAtMs, { until });
  return [{ track: 'identity containment', task }];
}

/** Whoever owns what was cut has to hear of it; nobody waits for that. */
function ofOwners(state: IncidentState): readonly OfTrack[] {
  if (state.status === 'closed') return [];
  const title = 'say what happened to the owners';
  const task = derived('clock', title, 'next', state.openedAtMs, { owner: NOBODY });
  return [{ track: 'communications', task }];
}

function written(task: Omit<IncidentState['tasks'][number], 'track'>): TaskView {
  const { id, title, owner, alternate, state, sinceMs, blockedBy } = task;
  const untilMs = blockedBy?.untilMs ?? null;
  return {
    id,
    from: 'person',
    title,
    owner,
    alternate,
    state,
    since: toTimestamp(sinceMs),
    blockedBy: blockedBy?.by ?? null,
    until: untilMs === null ? null : toTimestamp(untilMs),
  };
}
