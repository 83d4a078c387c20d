import { type JsonObject, toTimestamp } from '../kernel/index.ts';
import type { Batch } from './batch/model.ts';
import type { CutState } from './containment/model.ts';
import type { IncidentDecision, IncidentState } from './incident/model.ts';
import { nextDue } from './decisions/rungs.ts';
import { standingOf } from './incident/standing.ts';
import type { CutView, DecisionView, IncidentSummary, IncidentView } from './model.ts';
import { overviewOf } from './overview.ts';
import { questionOf, stageOf } from './questions.ts';
import { tracksOf } from './tracks/tracks.ts';

export function summaryOf(state: IncidentState): IncidentSummary {
  return {
    id: state.id,
    title: state.title,
    status: state.status,
    severity: state.severity,
    standing: standingOf(state),
    openedAt: toTimestamp(state.openedAtMs),
    identities: state.subjects.map(({ identity, name, target }) => ({
      id: identity,
      name,
      target,
    })),
    ...overviewOf(state),
  };
}

export function incidentViewOf(
  state: IncidentState,
  rotations: IncidentView['rotations'] = [],
): IncidentView {
  return {
    ...summaryOf(state),
    firstSuspectAt: toTimestamp(state.firstSuspectAtMs),
    signals: state.signals.map(({ occurredAtMs, ...signal }) => ({
      ...signal,
      occurredAt: toTimestamp(occurredAtMs),
    })),
    cuts: state.cuts.map((cut) => cutViewOf(state, cut)),
    decisions: state.decisions.map((decision) => decisionViewOf(state, decision)),
    windows: state.subjects.flatMap((subject) =>
      subject.window === null
        ? []
        : [
            {
              identity: subject.identity,
              window: subject.window.name,
              until: toTimestamp(subject.window.untilMs),
            },
          ],
    ),
    byHand: state.manual.map(({ dueAtMs, ownSide, ...one }) => ({
      ...one,
      due: toTimestamp(dueAtMs),
      ownSide: ownSide === null ? null : { ...ownSide },
    })),
    tracks: tracksOf(state),
    handOffs: state.handOffs,
    batches: state.batches.map(batchViewOf),
    legalHold: holdOf(state),
    waitsFor: state.status === 'restoring' ? (state.aftermath.waits?.for ?? []) : [],
    rotations,
  };
}

function batchViewOf({ guarantee, members, ...batch }: Batch): IncidentView['batches'][number] {
  return { ...batch, stage: stageOf(guarantee), members: members.length };
}

export function holdOf({ hold }: IncidentState): IncidentView['legalHold'] {
  if (hold === null) return null;
  return { by: hold.by, reason: hold.reason, since: toTimestamp(hold.sinceMs) };
}

export function cutViewOf(state: IncidentState, cut: CutState): CutView {
  const { probes } = cut;
  return {
    id: cut.id,
    incident: state.id,
    status: cut.status,
    target: cut.order.target,
    subject: {
      identity: cut.order.subject.identity,
      credential: cut.order.subject.credential ?? null,
      session: cut.order.subject.session ?? null,
    },
    guarantee: cut.order.guarantee,
    stage: stageOf(cut.order.guarantee),
    grain: cut.order.grain,
    digest: cut.digest,
    authority: cut.authority === null ? null : { ...cut.authority },
    probes: {
      count: probes.count,
      denialsInARow: probes.denials,
      lastAt: probes.lastAtMs === null ? null : toTimestamp(probes.lastAtMs),
      method: cut.capability.probeMethod,
      vantages: (probes.from ?? []).map((one) => ({ ...one })),
    },
    reversible: cut.capability.reversible,
    temporaryUntil: cut.endsAtMs === null ? null : toTimestamp(cut.endsAtMs),
    residualUntil:
      cut.status === 'residual' && cut.residualUntilMs !== null
        ? toTimestamp(cut.residualUntilMs)
        : null,
    descendantOf: cut.subject.descendantOf,
    reason: cut.reason,
  };
}

export function decisionViewOf(state: IncidentState, decision: IncidentDecision): DecisionView {
  return {
    id: decision.id,
    incident: state.id,
    kind: decision.kind,
    state: decision.state,
    digest: decision.digest,
    question: questionOf(state, decision),
    // Actions are plain JSON by construction.
    action: decision.action as unknown as JsonObject,
    right: decision.right,
    holders: decision.holders,
    openedAt: toTimestamp(decision.openedAtMs),
    deadline: timeOf(decision.deadlineMs),
    charter: decision.charter,
    handOff: decision.handOff,
    ladder: decision.rungs.map((rung) => ({
      seat: rung.seat,
      people: rung.people,
      channels: rung.channels,
      warmedAt: timeOf(rung.warmedAtMs),
      openedAt: timeOf(rung.openedAtMs),
      acknowledgeBy: timeOf(rung.acknowledgeByMs),
      decideBy: timeOf(rung.decideByMs),
      acknowledgedBy: rung.acknowledgedBy,
      lastResort: rung.lastResort,
    })),
    next: decision.next,
    nextStep: nextStepOf(decision),
    ...aboutOf(state, decision),
    approvers: decision.approvers,
    advisers: decision.advisers,
    advice: decision.advice.map(({ person, as, text, atMs }) => ({
      person,
      as,
      text,
      at: toTimestamp(atMs),
    })),
    rejectedUntil: timeOf(decision.rejectedUntilMs),
    needs: decision.needs,
    votes: decision.votes.map(({ person, as }) => ({ person, as })),
    decidedBy: decision.decidedBy,
    reason: decision.reason,
  };
}

/** What is asked, in words that a screen can use: about whom, which stage, which cuts, and what silence means. */
function aboutOf(
  state: IncidentState,
  { action, kind, dues, state: now }: IncidentDecision,
): Pick<DecisionView, 'about' | 'stage' | 'cuts' | 'byDefault'> {
  if (action.verb === 'act') return { about: null, stage: null, cuts: [], byDefault: null };
  const identity =
    action.identity ?? state.cuts.find(({ id }) => id === action.cuts[0])?.subject.identity;
  const subject = state.subjects.find((one) => one.identity === identity);
  const about =
    subject === undefined
      ? null
      : { id: subject.identity, name: subject.name, target: subject.target };
  const guarantee = subject?.resolution.atDeadline?.guarantee ?? null;
  const mayAct = now === 'open' && action.verb === 'cut' && kind === 'contain';
  return {
    about,
    stage: action.verb === 'cut' ? stageOf(action.guarantee) : null,
    cuts: [...action.cuts],
    byDefault:
      mayAct && guarantee !== null
        ? { stage: stageOf(guarantee), at: timeOf(dues.byDefault) }
        : null,
  };
}

function timeOf(atMs: number | null): string | null {
  return atMs === null ? null : toTimestamp(atMs);
}

const WHAT_IS_DUE = {
  warm: 'the next rung is warmed',
  handOff: 'the next rung is asked',
  again: 'they are asked again',
  meanwhile: 'the stage that holds meanwhile',
  byDefault: 'the default acts',
  advice: 'the time of the advisers ends',
} as const;

function nextStepOf(decision: IncidentDecision): DecisionView['nextStep'] {
  const due = nextDue(decision);
  if (due === null) return null;
  const isLast = due.name === 'handOff' && decision.next === null;
  return { what: isLast ? WHAT_IS_DUE.again : WHAT_IS_DUE[due.name], at: toTimestamp(due.atMs) };
}
