import { GUARANTEES, toTimestamp } from '../kernel/index.ts';
import type { CutStatus } from './containment/model.ts';
import type { IncidentState } from './incident/model.ts';
import type { AskedView, IncidentSummary, TrackProgress } from './model.ts';
import { questionOf, stageOf } from './questions.ts';
import { tracksOf } from './tracks/tracks.ts';

const HOLDS: ReadonlySet<CutStatus> = new Set(['proven', 'irrevocable', 'residual']);

type Overview = Pick<IncidentSummary, 'stage' | 'progress' | 'blocked' | 'asks'>;

/** One incident at a glance: what holds, how far each track is, who keeps whom waiting, who is asked. */
export function overviewOf(state: IncidentState): Overview {
  const tracks = tracksOf(state);
  return {
    stage: stageThatHolds(state),
    progress: tracks.map(({ track, done, doing, blocked, next }): TrackProgress => ({
      track,
      done: done.length,
      doing: doing.length,
      blocked: blocked.length,
      next: next.length,
    })),
    blocked: tracks.flatMap(({ track, blocked }) => blocked.map((one) => ({ track, ...one }))),
    asks: askedOf(state),
  };
}

function stageThatHolds({ cuts }: IncidentState): Overview['stage'] {
  const held = cuts
    .filter(({ status }) => HOLDS.has(status))
    .map(({ order }) => GUARANTEES.indexOf(order.guarantee));
  const strongest = GUARANTEES[Math.max(-1, ...held)];
  return strongest === undefined ? null : stageOf(strongest);
}

function askedOf(state: IncidentState): AskedView | null {
  const open = state.decisions
    .filter((one) => one.state === 'open')
    .toSorted((left, right) => (left.deadlineMs ?? Infinity) - (right.deadlineMs ?? Infinity));
  const [first] = open;
  if (first === undefined) return null;
  return {
    decision: first.id,
    kind: first.kind,
    question: questionOf(state, first),
    people: [...new Set(first.holders.map(({ person }) => person))],
    deadline: first.deadlineMs === null ? null : toTimestamp(first.deadlineMs),
    more: open.length - 1,
  };
}
