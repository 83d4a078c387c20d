import { toTimestamp } from '../../kernel/index.ts';
import type { CutState, CutStatus } from '../containment/model.ts';
import { newestRung } from '../decisions/rungs.ts';
import type { IncidentDecision, IncidentState } from '../incident/model.ts';
import type { TrackView } from '../model.ts';

const DONE: ReadonlySet<CutStatus> = new Set(['proven', 'irrevocable', 'residual', 'restored']);
const STUCK: ReadonlySet<CutStatus> = new Set([
  'blocked',
  'partial',
  'revert-conflict',
  'restore-failed',
]);
const OVER: ReadonlySet<CutStatus> = new Set(['dropped', 'failed']);

/** Four tracks side by side, derived from the state: no track is a step of another, so none can hold containment. */
export function tracksOf(state: IncidentState): readonly TrackView[] {
  return [containment(state), communications(state), forensics(state), business(state)];
}

function named(cut: CutState): string {
  return `${cut.order.guarantee} on ${cut.order.subject.credential ?? cut.order.subject.identity}`;
}

function containment(state: IncidentState): TrackView {
  const asked = new Set(
    state.decisions.flatMap((one) =>
      one.state === 'open' && one.action.verb === 'cut' ? one.action.cuts : [],
    ),
  );
  const active = state.cuts.filter(
    (cut) => !DONE.has(cut.status) && !STUCK.has(cut.status) && !OVER.has(cut.status),
  );
  return {
    track: 'identity containment',
    done: state.cuts
      .filter((cut) => DONE.has(cut.status))
      .map((cut) => `${named(cut)}: ${cut.status}`),
    doing: active.filter((cut) => !asked.has(cut.id)).map((cut) => `${named(cut)}: ${cut.status}`),
    blocked: [
      ...state.cuts
        .filter((cut) => STUCK.has(cut.status))
        .map((cut) => ({
          what: named(cut),
          by: cut.reason ?? cut.order.target,
          since: toTimestamp(cut.appliedAtMs ?? state.openedAtMs),
        })),
      ...waiting(state, 'cut'),
    ],
    next: state.subjects.flatMap((subject) =>
      subject.window === null
        ? []
        : [`${subject.window.name} of ${subject.name} ends ${toTimestamp(subject.window.untilMs)}`],
    ),
  };
}

function waiting(state: IncidentState, verb: 'cut' | 'restore'): TrackView['blocked'] {
  return state.decisions
    .filter((one) => one.state === 'open' && one.action.verb === verb)
    .map((one) => ({
      what: `decision ${one.kind}`,
      by: newestRung(one)?.people.join(', ') || 'nobody holds the right',
      since: toTimestamp(one.openedAtMs),
    }));
}

/** Their own content comes with their own words; here they show what containment already left for them. */
function communications(state: IncidentState): TrackView {
  return {
    track: 'communications',
    done: [],
    doing: [],
    blocked: [],
    next: state.status === 'closed' ? [] : ['say what happened to the owners'],
  };
}

function forensics(state: IncidentState): TrackView {
  const holding = state.cuts
    .filter((cut) => cut.status === 'holding-evidence')
    .map((cut) => `evidence before ${named(cut)}`);
  const wanted = state.cuts
    .filter((cut) => cut.evidenceWanted && cut.preImage !== null)
    .map((cut) => `evidence before ${named(cut)}`);
  return { track: 'forensics', done: wanted, doing: holding, blocked: [], next: [] };
}

/** Whoever broke the glass is asked about it afterwards. */
function reviewOf({ glass, kind }: IncidentDecision): readonly string[] {
  if (glass === undefined || glass.reviewByMs === null) return [];
  const by = toTimestamp(glass.reviewByMs).slice(0, 10);
  return [`review by ${by}: ${glass.people.join(' and ')} used break-glass to ${kind}`];
}

function business(state: IncidentState): TrackView {
  return {
    track: 'business decisions',
    done: [],
    doing: [],
    blocked: waiting(state, 'restore'),
    next: state.decisions.flatMap(reviewOf),
  };
}
