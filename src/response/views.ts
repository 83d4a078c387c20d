import {
  GUARANTEES,
  type JsonObject,
  type StageName,
  STAGE_GUARANTEES,
  toTimestamp,
} from '../kernel/index.ts';
import type { CutState } from './containment/model.ts';
import type { IncidentDecision, IncidentState } from './incident/model.ts';
import { nextDue } from './decisions/rungs.ts';
import { standingOf } from './incident/standing.ts';
import type { CutView, DecisionView, IncidentSummary, IncidentView } from './model.ts';
import { tracksOf } from './tracks/tracks.ts';

export function stageOf(guarantee: (typeof GUARANTEES)[number]): StageName {
  const names = Object.keys(STAGE_GUARANTEES) as readonly StageName[]; // keys of a const object
  return names.find((name) => STAGE_GUARANTEES[name] === guarantee) ?? 'restrict';
}

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
    legalHold: holdOf(state),
    rotations,
  };
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

export function questionOf(state: IncidentState, decision: IncidentDecision): string {
  const { action } = decision;
  if (action.verb === 'restore') {
    const subject = state.subjects.find((one) => one.identity === action.identity);
    return `Give back ${subject?.name ?? action.identity} (${action.cause})?`;
  }
  if (action.verb === 'act') return `${capital(action.what)}?`;
  const cut = state.cuts.find((one) => one.id === action.cuts[0]);
  const subject =
    state.subjects.find((one) => one.identity === cut?.subject.identity) ?? state.subjects[0];
  const what = cut?.order.subject.credential ?? subject?.name ?? state.title;
  return `${capital(stageOf(action.guarantee))} ${what} on ${subject?.target ?? 'its target'}?`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
