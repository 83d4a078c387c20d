import { GUARANTEES, type Guarantee, weakerOf } from '../../kernel/index.ts';
import type { Deadline, Distinct, Rung } from '../charter/model.ts';
import type { AuthorityResolution, Determining, Holder, ResolvedRung } from '../model.ts';
import { type Asked, channelsOf, refusalOf } from './eligibility.ts';
import { takeSeat } from './seats.ts';

/** The rungs in their order, and who holds the decision when all of them are asked. */
export interface Ladder {
  readonly rungs: readonly ResolvedRung[];
  readonly holders: readonly Holder[];
  /** No rung has anybody: the quorum of break-glass holds it. */
  readonly breakGlass: boolean;
  readonly quorum: number;
  readonly distinct: readonly Distinct[];
  /** From the opening until the last rung has had its time. */
  readonly lastMs: number;
}

/** How long after the opening the clock of the law began and ends. */
export interface ClockBounds {
  readonly lengthMs: number;
  readonly beganBeforeMs: number;
}

/** A share is a moment on the clock, not a length: 50 % and then 80 % of it still end before it does. */
function decideByMs(rung: Rung, opensAfterMs: number, clock: ClockBounds | null): number | null {
  if (rung.decideMs !== null) return opensAfterMs + rung.decideMs;
  if (rung.decideShare === null || clock === null) return null;
  const moment = Math.floor(rung.decideShare * clock.lengthMs) - clock.beganBeforeMs;
  return Math.max(opensAfterMs, moment);
}

function channelNames(asked: Asked, people: readonly string[]): readonly string[] {
  const names = new Set<string>();
  for (const person of people) {
    for (const channel of channelsOf(asked, person) ?? []) names.add(channel);
  }
  return [...names];
}

function resolveRung(
  asked: Asked,
  rung: Rung,
  opensAfterMs: number,
  clock: ClockBounds | null,
  above: ReadonlySet<string>,
): ResolvedRung {
  const filled = takeSeat(asked, rung.seat, (candidate) => {
    const { person } = candidate;
    const refusal = refusalOf(asked, candidate, 'decide');
    if (refusal !== null || !above.has(person)) return refusal;
    // One person on two rungs is one rung: `orElse` chains and small rosters collapse here.
    return { reason: 'already-on-ladder', why: `${person} is asked on an earlier rung` };
  });
  const { people, why, skipped } = filled;
  const nobody = people.length === 0;
  const warmAfterMs = rung.warmMs === null ? 0 : Math.max(0, opensAfterMs - rung.warmMs);
  return {
    seat: rung.seat,
    people,
    channels: channelNames(asked, people),
    warmAfterMs,
    opensAfterMs,
    acknowledgeByMs:
      nobody || rung.acknowledgeMs === null ? null : opensAfterMs + rung.acknowledgeMs,
    decideByMs: nobody ? null : decideByMs(rung, opensAfterMs, clock),
    lastResort: rung.lastResort,
    why,
    skipped,
  };
}

/** A rung that is skipped costs no time; one whose clock is unknown opens the next at once: rather too early than never. */
export function resolveRungs(
  asked: Asked,
  rungs: readonly Rung[],
  clock: ClockBounds | null,
): readonly ResolvedRung[] {
  const resolved: ResolvedRung[] = [];
  const above = new Set<string>();
  let opensAfterMs = 0;
  for (const rung of rungs) {
    const one = resolveRung(asked, rung, opensAfterMs, clock, above);
    for (const person of one.people) above.add(person);
    opensAfterMs = endsAfterMs(one);
    resolved.push(one);
  }
  return resolved;
}

/** Each person once, in the seat in which they are asked first. */
export function holdersOf(
  seats: readonly { readonly seat: string; readonly people: readonly string[] }[],
): readonly Holder[] {
  const seen = new Set<string>();
  const holders: Holder[] = [];
  for (const { seat, people } of seats) {
    for (const person of people) {
      if (!seen.has(person)) holders.push({ seat, person });
      seen.add(person);
    }
  }
  return holders;
}

/** Codes prepared beforehand need no channel, and an emergency knows no load limit. */
export function breakGlassHolders(asked: Asked): readonly Holder[] {
  const seats = asked.charter.breakGlass?.from ?? [];
  const taken = new Set<string>();
  const filled = seats.map((seat) => {
    const { people } = takeSeat(asked, seat, (candidate) => {
      const refusal = refusalOf(asked, candidate, 'decide');
      if (refusal !== null && refusal.reason !== 'no-channel' && refusal.reason !== 'over-load') {
        return refusal;
      }
      const { person } = candidate;
      if (!taken.has(person)) return null;
      return { reason: 'already-on-ladder', why: `${person} is in the quorum already` };
    });
    for (const person of people) taken.add(person);
    return { seat, people };
  });
  return holdersOf(filled);
}

/** When its time is over, if nobody answers. */
export function endsAfterMs({ decideByMs: byMs, opensAfterMs }: ResolvedRung): number {
  return byMs ?? opensAfterMs;
}

/** When all rungs are skipped, the time of the whole ladder is still granted to break-glass. */
function lastRungMs(
  rungs: readonly ResolvedRung[],
  written: readonly Rung[],
  clock: ClockBounds | null,
): number {
  const filled = rungs.filter(({ people }) => people.length > 0);
  if (filled.length > 0) return Math.max(...filled.map(endsAfterMs));
  let lastMs = 0;
  for (const rung of written) lastMs = decideByMs(rung, lastMs, clock) ?? lastMs;
  return lastMs;
}

export function ladderOf(
  asked: Asked,
  written: readonly Rung[],
  clock: ClockBounds | null,
): Ladder {
  const rungs = resolveRungs(asked, written, clock);
  const lastMs = lastRungMs(rungs, written, clock);
  const holders = holdersOf(rungs);
  if (holders.length > 0) {
    const quorum = asked.decision === 'reset-fuse' ? asked.charter.resetFuseQuorum : 1;
    return { rungs, holders, breakGlass: false, quorum, distinct: ['person'], lastMs };
  }
  // An exercise that finds nobody waits: it is no emergency.
  const glass = asked.given.facts.exercise === undefined ? asked.charter.breakGlass : null;
  return {
    rungs,
    holders: glass === null ? [] : breakGlassHolders(asked),
    breakGlass: glass !== null,
    quorum: glass?.quorum ?? 1,
    distinct: glass?.distinct ?? ['person'],
    lastMs,
  };
}

interface Stage {
  readonly guarantee: Guarantee;
  readonly afterMs: number;
}

/** What acts by itself when nobody answers. INVARIANT: only containment, and never what cannot be undone. */
export function defaultsOf(
  asked: Asked,
  deadline: Deadline | undefined,
  lastMs: number,
  bound: Guarantee | null,
): Pick<AuthorityResolution, 'atDeadline'> & { readonly meanwhile: Stage | null } {
  if (deadline === undefined || bound === null || asked.decision !== 'contain') {
    return { atDeadline: null, meanwhile: null };
  }
  const most = weakerOf(GUARANTEES, bound, 'G4');
  const capped = (guarantee: Guarantee, afterMs: number): Stage => ({
    guarantee: weakerOf(GUARANTEES, guarantee, most),
    afterMs,
  });
  const { guarantee, after, meanwhile } = deadline;
  return {
    atDeadline:
      guarantee === null ? null : capped(guarantee, after === 'last-rung' ? lastMs : after),
    meanwhile: meanwhile === null ? null : capped(meanwhile.guarantee, meanwhile.afterMs),
  };
}

/** Which right, why that one, and every rung that nobody fills. */
export function ladderDetermining(
  from: readonly string[],
  { rungs, holders, breakGlass }: Ladder,
): readonly Determining[] {
  const rule = from.at(-1) ?? 'no right';
  const first = holders[0]?.seat;
  const effect = breakGlass
    ? 'falls to break-glass'
    : first === undefined
      ? 'is held by nobody'
      : `is decided by ${first}`;
  const why =
    from.length > 1
      ? `it is the most specific of ${from.join(', ')}`
      : from.length === 1
        ? 'it is the only right that matches'
        : 'no right covers this case';
  const skipped = rungs
    .filter(({ people }) => people.length === 0)
    .map((rung) => ({ rule, effect: `skips ${rung.seat}`, why: skipWhy(rung) }));
  return [{ rule, effect, why }, ...skipped];
}

function skipWhy({ skipped, why }: ResolvedRung): string {
  return skipped.length === 0 ? why : skipped.map((one) => one.why).join('; ');
}
