import type { AuthorityResolution } from '../../authority/index.ts';
import { assertNever, type Id } from '../../kernel/index.ts';
import type { Draft } from '../incident/draft.ts';
import type { IncidentState } from '../incident/model.ts';
import { actByDefault, actMeanwhile } from './by-itself.ts';
import { decisionOf } from './find.ts';
import { takeEffectLater } from './effect.ts';
import type { HandOffReason, IncidentDecision, Live } from './model.ts';
import { page } from './open.ts';
import {
  type DueName,
  handOffDue,
  newestRung,
  nextDue,
  nextOf,
  openedRung,
  rungAfter,
  rungsOf,
} from './rungs.ts';
import { isDecided } from './votes.ts';

/** Everything whose time has come, the earliest first. `dueAtMs`: what the timer was set for. */
export function timePassed(draft: Draft, id: Id<'decision'>, live: Live, dueAtMs: number): void {
  const { nowMs } = draft.facts;
  let moved = false;
  for (;;) {
    const decision = decisionOf(draft.state(), id);
    const due = nextDue(decision);
    if (due === null) return;
    if (due.atMs > nowMs) {
      // The timer of something that has happened already, or a clock that went back: what is due keeps its own timer.
      if (!moved && due.atMs === dueAtMs)
        draft.effect({ type: 'decision-deadline', decision: id, dueAtMs });
      return;
    }
    moved = true;
    happen(draft, decision, due.name, live);
  }
}

function happen(draft: Draft, decision: IncidentDecision, name: DueName, live: Live): void {
  switch (name) {
    case 'warm':
      warm(draft, decision, live.resolution);
      return;
    case 'handOff':
      handOn(draft, decision, live.resolution, overdueReason(decision, draft.facts.nowMs));
      return;
    case 'again':
      pageAgain(draft, decision);
      return;
    case 'meanwhile':
      actMeanwhile(draft, decision, live.resolution);
      return;
    case 'byDefault':
      if (!actByDefault(draft, decision, live.resolution)) pageAgain(draft, decision, true);
      return;
    case 'advice':
      adviceOver(draft, decision, live);
      return;
    default:
      assertNever(name);
  }
}

function overdueReason(decision: IncidentDecision, nowMs: number): HandOffReason {
  const decideByMs = newestRung(decision)?.decideByMs ?? null;
  return decideByMs !== null && decideByMs <= nowMs ? 'time-passed' : 'not-acknowledged';
}

/** The backup is told before it is theirs; whoever sits there by then is told, not who did when it was opened. */
function warm(draft: Draft, decision: IncidentDecision, resolution: AuthorityResolution): void {
  const newest = newestRung(decision);
  const found = rungAfter(rungsOf(resolution), newest?.seat ?? null, askedSeats(decision));
  const rung =
    found === null
      ? { seat: decision.next?.seat ?? 'nobody', people: [], channels: [], lastResort: false }
      : found.rung;
  const { seat, people, channels, lastResort } = rung;
  draft.record('decision.warmed', {
    decision: decision.id,
    rung: {
      seat,
      people,
      channels,
      lastResort,
      warmedAtMs: draft.facts.nowMs,
      openedAtMs: null,
      acknowledgeByMs: null,
      decideByMs: null,
      acknowledgedBy: null,
    },
  });
  page(draft, decision.id, 'warm', { seat, people, channels });
}

function askedSeats(decision: IncidentDecision): ReadonlySet<string> {
  return new Set(decision.rungs.filter((one) => one.openedAtMs !== null).map((one) => one.seat));
}

/** The next rung is asked; when there is none, those who were asked are asked again. */
export function handOn(
  draft: Draft,
  decision: IncidentDecision,
  resolution: AuthorityResolution,
  why: HandOffReason,
): boolean {
  const newest = newestRung(decision);
  const ladder = rungsOf(resolution);
  const found = isDecided(decision, draft.facts.nowMs)
    ? null
    : rungAfter(ladder, newest?.seat ?? null, askedSeats(decision));
  if (found === null) {
    pageAgain(draft, decision);
    return false;
  }
  const { nowMs } = draft.facts;
  const warmed = decision.rungs.find((one) => one.seat === found.rung.seat);
  const rung = openedRung(found.rung, nowMs, warmed?.warmedAtMs ?? null);
  const after = nextOf(rungAfter(ladder, rung.seat), rung);
  const isEndless = handOffDue(rung, after.next) === null;
  draft.record('decision.handed-off', {
    decision: decision.id,
    from: newest?.seat ?? null,
    rung,
    ...after,
    againAtMs: isEndless ? againAt(draft, decision) : null,
    why,
    skipped: found.skipped,
    rules: resolution.determining,
  });
  page(draft, decision.id, 'handed-off', rung);
  return true;
}

function againAt({ facts }: Draft, { repageMs }: IncidentDecision): number {
  return facts.nowMs + (repageMs ?? facts.settings.repageMs);
}

/** INVARIANT: what cannot be undone never happens by itself: the state is kept, and they are asked again. */
function pageAgain(draft: Draft, decision: IncidentDecision, noDefault = false): void {
  const { nowMs } = draft.facts;
  const againAtMs = againAt(draft, decision);
  const data = { decision: decision.id, againAtMs };
  draft.record('decision.overdue', noDefault ? { ...data, noDefault } : data);
  const asked = decision.rungs.filter((rung) => rung.openedAtMs !== null);
  const people = [...new Set(asked.flatMap((rung) => rung.people))];
  const waits = isDecided(decision, nowMs) ? decision.approvers.map((one) => one.person) : people;
  const seat = newestRung(decision)?.seat ?? 'nobody';
  page(draft, decision.id, 'again', { seat, people: waits, channels: [] });
}

/** Their silence has the meaning that the charter gives it. */
function adviceOver(draft: Draft, decision: IncidentDecision, live: Live): void {
  const means = decision.silence ?? 'proceed';
  draft.record('decision.advice-over', { decision: decision.id, means });
  const isWanted = means === 'escalate' && !isDecided(decision, draft.facts.nowMs);
  if (isWanted)
    handOn(draft, decisionOf(draft.state(), decision.id), live.resolution, 'advisers-silent');
  takeEffectLater(draft, decision.id);
}

/** No channel reached anybody of a rung: its time is not waited for. */
export function nobodyReached(draft: Draft, id: Id<'decision'>, seat: string, live: Live): void {
  const decision = decisionOf(draft.state(), id);
  const newest = newestRung(decision);
  if (decision.state !== 'open' || newest?.seat !== seat || newest.acknowledgedBy !== null) return;
  if (decision.dues.handOff === null) return;
  handOn(draft, decision, live.resolution, 'channels-failed');
}

/** What became due in this change gets its timer; a timer that is no longer the next one does nothing. */
export function setTimers(draft: Draft, before: IncidentState | null): void {
  const state = draft.state();
  if (before?.decisions === state.decisions) return;
  const dueBefore = new Map(before?.decisions.map((one) => [one.id, nextDue(one)?.atMs]));
  for (const decision of state.decisions) {
    const due = nextDue(decision);
    if (due !== null && dueBefore.get(decision.id) !== due.atMs)
      draft.effect({ type: 'decision-deadline', decision: decision.id, dueAtMs: due.atMs });
  }
}
