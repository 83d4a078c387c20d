import type { SkipReason } from '../../authority/index.ts';
import { FirebreakError, type JsonObject, toTimestamp } from '../../kernel/index.ts';
import type { IncidentState } from '../incident/model.ts';
import type { IncidentDecision, Live } from './model.ts';
import { newestRung, rungsOf } from './rungs.ts';

/** Who answers or asks, and what is true of them now. */
export interface Asker {
  readonly name: string;
  readonly person: string | null;
  /** What they answer with. */
  readonly channel?: string;
  /** What their passkey signed. */
  readonly assertion?: JsonObject;
  readonly device?: string | null;
  readonly manager?: string | null;
  readonly employer?: string | null;
  readonly live: Live;
}

export interface Hearing {
  /** Sits on a rung that has opened. */
  readonly isAsked: boolean;
  /** That rung is the newest. */
  readonly isNewest: boolean;
  readonly seat: string | null;
  readonly mayApprove: boolean;
  readonly isAdviser: boolean;
  readonly isRecommender: boolean;
}

/** Off shift is no bar to whoever was asked: they keep what is open. These are. */
const BARS: ReadonlySet<SkipReason> = new Set([
  'suspect',
  'conflict-of-interest',
  'separation',
  'party-contract',
]);

/** INVARIANT: a suspect answers nothing, and nothing is answered through a suspect channel. */
export function checkNotSuspect(
  { action }: IncidentDecision,
  { person, channel, live }: Asker,
): void {
  const { people, channels } = live.suspects;
  if (person !== null && people.includes(person))
    throw new FirebreakError('person-suspect', { person });
  if (channel !== undefined && channels.includes(channel))
    throw new FirebreakError('channel-suspect', { channel });
  const isAboutThem = action.verb === 'act' && action.act === 'mark-suspect';
  if (isAboutThem && person !== null && action.parameters['name'] === person)
    throw new FirebreakError('person-suspect', { person });
}

export function isBarred(person: string, live: Live): boolean {
  if (live.suspects.people.includes(person)) return true;
  return rungsOf(live.resolution)
    .flatMap((rung) => rung.skipped)
    .some((one) => one.person === person && BARS.has(one.reason));
}

/** What this person may say about this decision now: those who were asked, and whoever sits there by now. */
export function hear(decision: IncidentDecision, by: Asker): Hearing {
  const { person, live } = by;
  const { resolution } = live;
  const newest = newestRung(decision);
  const has = (holders: readonly { readonly person: string }[] | undefined): boolean =>
    person !== null && holders?.some((one) => one.person === person) === true;
  const opened = decision.rungs.filter((rung) => rung.openedAtMs !== null);
  const now = rungsOf(resolution);
  const mine =
    person === null || isBarred(person, live)
      ? undefined
      : opened.findLast(
          ({ seat, people }) =>
            people.includes(person) ||
            now.some((rung) => rung.seat === seat && rung.people.includes(person)),
        );
  return {
    isAsked: mine !== undefined,
    isNewest: mine !== undefined && mine.seat === newest?.seat,
    seat: mine?.seat ?? null,
    mayApprove: has(resolution.approve?.holders),
    isAdviser: has(resolution.advise?.holders),
    isRecommender: has(resolution.recommend),
  };
}

/** Refuses with the reason that helps: not theirs, not theirs yet, or not theirs any more. */
export function refuseUnasked(state: IncidentState, decision: IncidentDecision, by: Asker): never {
  const person = by.person ?? by.name;
  const newest = newestRung(decision);
  const holder = newest?.people.join(', ') || 'nobody';
  const isLater = rungsOf(by.live.resolution).some((rung) => rung.people.includes(person));
  if (isLater && newest !== null && !isBarred(person, by.live)) {
    const until = newest.decideByMs === null ? 'they answer' : toTimestamp(newest.decideByMs);
    throw new FirebreakError('authority-not-yet', {
      person,
      decision: decision.kind,
      holder,
      until,
    });
  }
  const incident = state.id;
  throw new FirebreakError('authority-missing', {
    person,
    decision: decision.kind,
    holder,
    incident,
  });
}

/** Earlier rungs of what is handed over for good are not heard any more. */
export function refuseMoved(decision: IncidentDecision, by: Asker): never {
  const person = by.person ?? by.name;
  const holder = newestRung(decision)?.people.join(', ') || 'nobody';
  throw new FirebreakError('authority-moved', { person, decision: decision.kind, holder });
}
