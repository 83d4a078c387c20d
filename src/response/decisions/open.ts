import type { AuthorityResolution, DecisionKind } from '../../authority/index.ts';
import { GUARANTEES, type Id, isAtLeast, LIMITS } from '../../kernel/index.ts';
import type { Draft } from '../incident/draft.ts';
import type {
  AnswersNeeded,
  DecisionAction,
  DecisionRung,
  Dues,
  IncidentDecision,
  NewDecision,
} from './model.ts';
import {
  handOffDue,
  newestRung,
  nextOf,
  NOTHING_DUE,
  openedRung,
  rungAfter,
  rungsOf,
} from './rungs.ts';

/** One question, bound to the digest of exactly this action. */
export interface Question {
  readonly kind: DecisionKind;
  readonly action: DecisionAction;
  readonly digest: string;
  readonly why: string;
  readonly resolution: AuthorityResolution;
  /** A question about what a default has left over: the same default would only repeat itself. */
  readonly afterDefault?: boolean;
  /** What could not be done, and would make it needless if it were. */
  readonly because?: Id<'cut'>;
}

/** A right may want several holders to agree, and approvers beside them. */
export function answersNeeded(
  kind: DecisionKind,
  action: DecisionAction,
  resolution: AuthorityResolution,
): AnswersNeeded {
  const { quorum = 1, distinct, approve = null } = resolution;
  const from = approve?.before ?? null;
  const isWanted =
    from === null || action.verb !== 'cut' || isAtLeast(GUARANTEES, action.guarantee, from);
  const approvers = approve === null || !isWanted ? 0 : approve.count;
  // INVARIANT: nobody is marked as a suspect and nothing leaked works again by the word of one, whatever the charter says.
  const isGrave = kind === 'mark-suspect' || kind === 'rearm';
  const deciders = isGrave && quorum + approvers < 2 ? 2 : quorum;
  return { deciders, approvers, ...(distinct === undefined ? {} : { distinct }) };
}

/** Opens the first rung that has somebody; who is asked learns of it once this is committed. */
export function openDecision(draft: Draft, question: Question): Id<'decision'> {
  const { facts } = draft;
  const { kind, action, digest, resolution, why } = question;
  const id = facts.ids.next('decision');
  const { nowMs } = facts;
  const ladder = rungsOf(resolution);
  const found = rungAfter(ladder, null);
  const rung = found === null ? null : openedRung(found.rung, nowMs, null);
  const after =
    rung === null ? { next: null, warmAtMs: null } : nextOf(rungAfter(ladder, rung.seat), rung);
  const decision: NewDecision = {
    id,
    kind,
    digest,
    action,
    right: resolution.right,
    charter: resolution.charter,
    handOff:
      resolution.handOff ?? (kind === 'contain' || kind === 'revoke' ? 'cumulative' : 'exclusive'),
    holders: rung === null ? [] : rung.people.map((person) => ({ seat: rung.seat, person })),
    rungs: rung === null ? [] : [rung],
    next: after.next,
    dues: duesOf(draft, question, rung, after),
    openedAtMs: nowMs,
    deadlineMs: rung?.decideByMs ?? null,
    askedBy: facts.actor,
    needs: answersNeeded(kind, action, resolution),
    approvers: resolution.approve?.holders ?? [],
    advisers: resolution.advise?.holders ?? [],
    silence: resolution.advise?.silence ?? null,
    rejectHoldsMs: resolution.rejectHoldsMs ?? LIMITS.rejectHoldsMsDefault,
    repageMs: resolution.silence?.repageMs ?? null,
    ...(question.because === undefined ? {} : { because: question.because }),
  };
  draft.record('decision.opened', {
    decision,
    why,
    skipped: found?.skipped ?? ladder.flatMap((one) => one.skipped),
    rules: resolution.determining,
  });
  if (rung !== null) page(draft, id, 'opened', rung);
  pageBeside(draft, decision);
  return id;
}

/** The same question in another form: whoever was asked last is asked first, with the whole of their time. */
export function askAgain(
  draft: Draft,
  before: IncidentDecision,
  { digest, action, why, but = [] }: Again,
): Id<'decision'> {
  const { facts } = draft;
  const { nowMs } = facts;
  const id = facts.ids.next('decision');
  const last = newestRung(before);
  const rung = last === null ? null : restarted(last, nowMs, but);
  const holders = rung?.people.map((person) => ({ seat: rung.seat, person })) ?? [];
  const handOff = rung === null ? null : handOffDue(rung, before.next);
  const needs = before.glass?.needed ?? before.needs;
  const decision: NewDecision = {
    id,
    kind: before.kind,
    digest,
    action,
    right: before.right,
    charter: before.charter,
    handOff: before.handOff,
    holders,
    rungs: rung === null ? [] : [rung],
    next: before.next,
    dues: {
      ...NOTHING_DUE,
      // Nobody is left on it: the next rung is opened at once.
      handOff: holders.length === 0 ? nowMs : handOff,
      warm: before.next === null ? null : nowMs,
      again: handOff === null && holders.length > 0 ? nowMs + facts.settings.repageMs : null,
    },
    openedAtMs: nowMs,
    deadlineMs: rung?.decideByMs ?? null,
    askedBy: facts.actor,
    needs,
    approvers: before.approvers,
    advisers: before.advisers,
    silence: before.silence,
    rejectHoldsMs: before.rejectHoldsMs,
    repageMs: before.repageMs,
    ...(before.because === undefined ? {} : { because: before.because }),
  };
  draft.record('decision.opened', { decision, why, skipped: [], rules: [] });
  if (rung !== null) page(draft, id, 'opened', rung);
  if (needs.approvers > 0) pageBeside(draft, decision);
  return id;
}

export interface Again {
  readonly digest: string;
  readonly action: DecisionAction;
  readonly why: string;
  /** Who is not asked any more. */
  readonly but?: readonly string[];
}

function restarted(rung: DecisionRung, nowMs: number, but: readonly string[]): DecisionRung {
  const laterMs = nowMs - (rung.openedAtMs ?? nowMs);
  const later = (atMs: number | null): number | null => (atMs === null ? null : atMs + laterMs);
  return {
    ...rung,
    people: rung.people.filter((person) => !but.includes(person)),
    openedAtMs: nowMs,
    acknowledgeByMs: later(rung.acknowledgeByMs),
    decideByMs: later(rung.decideByMs),
    acknowledgedBy: null,
  };
}

function pageBeside(draft: Draft, { id, advisers, approvers, needs }: NewDecision): void {
  const people = (holders: NewDecision['holders']): string[] => holders.map((one) => one.person);
  const asked = (about: 'advise' | 'approve', who: readonly string[]): void => {
    if (who.length > 0)
      draft.effect({ type: 'page', decision: id, about, seat: about, people: who, channels: [] });
  };
  asked('advise', people(advisers));
  if (needs.approvers > 0) asked('approve', people(approvers));
}

export function page(
  draft: Draft,
  decision: Id<'decision'>,
  about: 'opened' | 'warm' | 'handed-off' | 'again',
  { seat, people, channels }: Pick<DecisionRung, 'seat' | 'people' | 'channels'>,
): void {
  if (people.length > 0) draft.effect({ type: 'page', decision, about, seat, people, channels });
}

function duesOf(
  draft: Draft,
  { kind, resolution, afterDefault }: Question,
  rung: DecisionRung | null,
  after: ReturnType<typeof nextOf>,
): Dues {
  const { nowMs, settings } = draft.facts;
  const repageMs = resolution.silence?.repageMs ?? settings.repageMs;
  const mayAct = kind === 'contain' && afterDefault !== true;
  const { meanwhile, atDeadline, advise } = resolution;
  const handOff = rung === null ? null : handOffDue(rung, after.next);
  return {
    ...NOTHING_DUE,
    warm: after.warmAtMs,
    handOff,
    again: handOff === null ? nowMs + repageMs : null,
    meanwhile: mayAct && meanwhile != null ? nowMs + meanwhile.afterMs : null,
    byDefault: mayAct && atDeadline !== null ? nowMs + atDeadline.afterMs : null,
    advice: advise == null || advise.holders.length === 0 ? null : nowMs + advise.withinMs,
  };
}
