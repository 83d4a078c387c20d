import type { Charter, Seat } from '../charter/model.ts';
import { dutyClaims } from '../roster/duty.ts';
import { type Interval, intersect, union } from '../roster/intervals.ts';
import type { Roster } from '../roster/model.ts';
import { periodsOf } from '../roster/periods.ts';
import type { Crowds } from './crowds.ts';
import { type Claim, combine, constant, gather, mapped, type Timeline } from './timeline.ts';

/**
 * Who could fill a seat, at every instant of a window: everybody whom resolution would come to when those before them
 * are away. Computed once for each seat; every question about people is asked of these timelines.
 */
export interface Cover {
  readonly window: Interval;
  readonly roster: (name: string) => Timeline;
  /** `jurisdiction` null = every one, which has the people of all. */
  readonly seat: (name: string, jurisdiction: string | null) => Timeline;
  readonly seats: (names: readonly string[], jurisdiction: string | null) => Timeline;
  /** Whether this seat is filled by jurisdiction, itself or through `orElse`. */
  readonly isLocal: (name: string) => boolean;
}

export interface CoverParts {
  readonly charter: Charter;
  readonly roster: Roster;
  readonly window: Interval;
  readonly crowds: Crowds;
  /** People who do not count: away by assumption, or out of reach. */
  readonly removed: number;
}

function remembered<Value>(compute: (key: string) => Value): (key: string) => Value {
  const known = new Map<string, Value>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}

function isLocalSeat(charter: Charter, name: string, depth = 0): boolean {
  const seat = charter.seats.get(name);
  // The loader refuses circles; the prover also reads charters that were made by hand.
  if (seat === undefined || depth > charter.seats.size) return false;
  if (seat.fill === 'jurisdiction') return true;
  return seat.fill === 'owner' && seat.orElse !== null
    ? isLocalSeat(charter, seat.orElse, depth + 1)
    : false;
}

function untilContractEnds(
  { charter, window, crowds }: CoverParts,
  party: string | null,
  all: Timeline,
): Timeline {
  const contract = party === null ? null : (charter.parties.get(party)?.contract ?? null);
  if (contract === null || contract.untilMs >= window.untilMs) return all;
  const ended = gather(
    window,
    [{ value: 1, periods: [{ fromMs: contract.untilMs, untilMs: window.untilMs }] }],
    0,
    Math.max,
  );
  return combine(all, ended, (crowd, over) => (over === 1 ? crowds.empty : crowd));
}

/** Who works for another party is there as long as its contract. */
function claimsOf(parts: CoverParts, name: string): readonly Claim[] {
  const { charter, roster, window, crowds, removed } = parts;
  const inLine = dutyClaims(roster, name, window.fromMs, window.untilMs);
  return [...inLine].flatMap(([person, periods]): readonly Claim[] => {
    const value = crowds.minus(crowds.of([person]), removed);
    if (value === crowds.empty) return [];
    const employer = roster.people.get(person)?.employer ?? null;
    const contract = employer === null ? null : (charter.parties.get(employer)?.contract ?? null);
    if (contract === null) return [{ value, periods }];
    const covered = { fromMs: window.fromMs, untilMs: contract.untilMs };
    return [{ value, periods: intersect(periods, [covered]) }];
  });
}

export function createCover(parts: CoverParts): Cover {
  const { charter, window, crowds } = parts;
  const { join } = crowds;
  const inLine = remembered((name) => claimsOf(parts, name));
  const claimsFor = (name: string, within: readonly Interval[] | null): readonly Claim[] =>
    within === null
      ? inLine(name)
      : inLine(name).map(({ value, periods }) => ({ value, periods: intersect(periods, within) }));
  const rosterTimeline = remembered((name) =>
    gather(window, claimsFor(name, null), crowds.empty, join),
  );
  const nobody = constant(window, crowds.empty);
  const joinAll = (timelines: readonly Timeline[]): Timeline =>
    timelines.reduce((left, right) => combine(left, right, join), nobody);
  const fill = (seat: Seat, jurisdiction: string | null, depth: number): Timeline => {
    switch (seat.fill) {
      case 'roster':
        return untilContractEnds(parts, seat.party, rosterTimeline(seat.roster));
      case 'sun': {
        const legs = seat.legs.flatMap((leg) =>
          claimsFor(leg.roster, union(periodsOf(leg, window.fromMs, window.untilMs))),
        );
        const sun = gather(window, legs, crowds.empty, join);
        return seat.otherwise === null ? sun : combine(sun, rosterTimeline(seat.otherwise), join);
      }
      // The worst case of the partition: the owner is not known, or away.
      case 'owner':
        return seat.orElse === null ? nobody : seatTimeline(seat.orElse, jurisdiction, depth);
      case 'jurisdiction': {
        const names =
          jurisdiction === null
            ? [...seat.rosters.values()]
            : [seat.rosters.get(jurisdiction)].filter((name) => name !== undefined);
        const own = joinAll(names.map(rosterTimeline));
        return seat.orElse === null
          ? own
          : combine(own, seatTimeline(seat.orElse, jurisdiction, depth), join);
      }
    }
  };
  const isLocal = (name: string): boolean => isLocalSeat(charter, name);
  const known = new Map<string, Timeline>();
  const seatTimeline = (name: string, given: string | null, depth = 0): Timeline => {
    const seat = charter.seats.get(name);
    if (seat === undefined || depth > charter.seats.size) return nobody;
    const jurisdiction = isLocal(name) ? given : null;
    const key = JSON.stringify([name, jurisdiction]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const timeline = fill(seat, jurisdiction, depth + 1);
    known.set(key, timeline);
    return timeline;
  };
  return {
    window,
    roster: rosterTimeline,
    seat: seatTimeline,
    isLocal,
    seats: (names, jurisdiction) => {
      const key = JSON.stringify([names.toSorted(), jurisdiction]);
      const before = known.get(key);
      if (before !== undefined) return before;
      const timeline = joinAll(names.map((name) => seatTimeline(name, jurisdiction)));
      known.set(key, timeline);
      return timeline;
    },
  };
}

/** The same window with some people away. */
export function withoutPeople(timeline: Timeline, crowds: Crowds, removed: number): Timeline {
  return mapped(timeline, (crowd) => crowds.minus(crowd, removed));
}
