import { assertNever } from '../../kernel/index.ts';
import type { DecisionEntryData, DecisionRung, IncidentDecision } from './model.ts';
import { handOffDue, newestRung, NOTHING_DUE } from './rungs.ts';

export type DecisionEntry = {
  readonly [Kind in keyof DecisionEntryData]: {
    readonly kind: Kind;
    readonly data: DecisionEntryData[Kind];
  };
}[keyof DecisionEntryData];

export function openedDecision(data: DecisionEntryData['decision.opened']): IncidentDecision {
  return {
    ...data.decision,
    state: 'open',
    votes: [],
    advice: [],
    rejectedUntilMs: null,
    decidedBy: null,
    reason: null,
  };
}

/** The decision after one more entry about it. */
export function foldDecision(
  decision: IncidentDecision,
  entry: Exclude<DecisionEntry, { readonly kind: 'decision.opened' }>,
): IncidentDecision {
  const { dues } = decision;
  switch (entry.kind) {
    case 'decision.warmed':
      return {
        ...decision,
        rungs: [...without(decision.rungs, entry.data.rung), entry.data.rung],
        dues: { ...dues, warm: null },
      };
    case 'decision.handed-off':
      return handedOff(decision, entry.data);
    case 'decision.acknowledged':
      return acknowledged(decision, entry.data);
    case 'decision.advised':
      return {
        ...decision,
        advice: [...decision.advice, entry.data.advice],
        dues: entry.data.advice.as === 'adviser' ? { ...dues, advice: null } : dues,
      };
    case 'decision.advice-over': {
      const isTemplate = entry.data.means === 'proceed-with-approved-template';
      return {
        ...decision,
        ...(isTemplate ? { ownWords: false } : {}),
        dues: { ...dues, advice: null },
      };
    }
    case 'decision.glass-broken':
      return glassBroken(decision, entry.data);
    case 'decision.meanwhile':
      return { ...decision, dues: { ...dues, meanwhile: null } };
    case 'decision.supported':
      return {
        ...decision,
        votes: [...notOf(decision, entry.data.vote.person), entry.data.vote],
        reason: entry.data.reason,
      };
    case 'decision.vote-undone':
      return { ...decision, votes: notOf(decision, entry.data.person) };
    case 'decision.overdue': {
      const { againAtMs: again, noDefault } = entry.data;
      const over = noDefault === true ? { byDefault: null } : { handOff: null };
      return { ...decision, dues: { ...dues, ...over, again } };
    }
    case 'decision.decided': {
      const { outcome, by, reason, holdsUntilMs = null } = entry.data;
      return {
        ...ended(decision, outcome),
        decidedBy: by,
        reason,
        rejectedUntilMs: holdsUntilMs,
      };
    }
    case 'decision.left-to-people':
    case 'decision.glass-ended':
    case 'decision.review-due':
      return decision;
    case 'decision.defaulted':
      return ended(decision, 'defaulted');
    case 'decision.expired':
      return { ...ended(decision, 'expired'), reason: entry.data.why };
    case 'decision.undone':
      return { ...ended(decision, 'undone'), reason: entry.data.why, rejectedUntilMs: null };
    default:
      return assertNever(entry);
  }
}

/** From here on it is theirs: what the ladder and its advisers would have had to say is not waited for. */
function glassBroken(
  decision: IncidentDecision,
  { people, quorum, distinct, reviewByMs }: DecisionEntryData['decision.glass-broken'],
): IncidentDecision {
  const needs = { deciders: quorum, approvers: 0, distinct };
  const dues = { ...decision.dues, advice: null };
  return {
    ...decision,
    needs,
    glass: { people, reviewByMs, needed: decision.needs },
    votes: [],
    dues,
  };
}

function ended(decision: IncidentDecision, state: IncidentDecision['state']): IncidentDecision {
  return { ...decision, state, dues: NOTHING_DUE };
}

function notOf(decision: IncidentDecision, person: string): IncidentDecision['votes'] {
  return decision.votes.filter((vote) => vote.person !== person);
}

function without(rungs: readonly DecisionRung[], { seat }: DecisionRung): readonly DecisionRung[] {
  return rungs.filter((rung) => rung.seat !== seat);
}

function handedOff(
  decision: IncidentDecision,
  { rung, next, warmAtMs, againAtMs }: DecisionEntryData['decision.handed-off'],
): IncidentDecision {
  const known = new Set(decision.holders.map((one) => one.person));
  const added = rung.people
    .filter((person) => !known.has(person))
    .map((person) => ({ seat: rung.seat, person }));
  return {
    ...decision,
    rungs: [...without(decision.rungs, rung), rung],
    next,
    holders: [...decision.holders, ...added],
    deadlineMs: rung.decideByMs,
    dues: { ...decision.dues, warm: warmAtMs, handOff: handOffDue(rung, next), again: againAtMs },
  };
}

/** It stops the clock of the acknowledgement; it never extends the time to decide. */
function acknowledged(
  decision: IncidentDecision,
  { person, seat }: DecisionEntryData['decision.acknowledged'],
): IncidentDecision {
  const rungs = decision.rungs.map((rung) =>
    rung.seat === seat ? { ...rung, acknowledgedBy: person } : rung,
  );
  const newest = newestRung({ rungs });
  const handOff =
    newest === null || decision.dues.handOff === null
      ? decision.dues.handOff
      : handOffDue(newest, decision.next);
  const { warm, handOff: before } = decision.dues;
  // The backup is told as long before its time as it would have been.
  const later = handOff === null || before === null ? 0 : handOff - before;
  const dues = { ...decision.dues, handOff, warm: warm === null ? null : warm + later };
  return { ...decision, rungs, dues };
}
