import type { Path } from '../charter/document.ts';
import type { Charter } from '../charter/model.ts';
import type { Interval } from '../roster/intervals.ts';
import type { Roster, Shift } from '../roster/model.ts';
import { periodsOf } from '../roster/periods.ts';
import type { Place } from './model.ts';
import { cityOf } from './zones.ts';

/** Hours on a wall that a seat is filled by: a leg that follows the sun, or a weekly shift. */
export interface Source {
  /** `the New York shift`. */
  readonly label: string;
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly place: Place;
  readonly periods: readonly Interval[];
  readonly in:
    | { readonly seat: string; readonly leg: number }
    | { readonly roster: string; readonly shift: number };
}

/** Where a seat takes its people from, following `orElse` where the owner is not known. */
export interface SeatOrigin {
  readonly seat: string;
  readonly rosters: readonly string[];
  readonly party: string | null;
  readonly isSun: boolean;
}

export function originOf(
  charter: Charter,
  name: string,
  jurisdiction: string | null,
  depth = 0,
): SeatOrigin {
  const seat = charter.seats.get(name);
  const none = { seat: name, rosters: [], party: null, isSun: false };
  if (seat === undefined || depth > charter.seats.size) return none;
  switch (seat.fill) {
    case 'roster':
      return { ...none, rosters: [seat.roster], party: seat.party };
    case 'sun': {
      const otherwise = seat.otherwise === null ? [] : [seat.otherwise];
      const rosters = [...new Set([...seat.legs.map((leg) => leg.roster), ...otherwise])];
      return { ...none, rosters, isSun: true };
    }
    case 'owner':
      return seat.orElse === null ? none : originOf(charter, seat.orElse, jurisdiction, depth + 1);
    case 'jurisdiction': {
      const rosters = [...seat.rosters]
        .filter(([code]) => jurisdiction === null || code === jurisdiction)
        .map(([, roster]) => roster);
      const more =
        seat.orElse === null ? [] : originOf(charter, seat.orElse, jurisdiction, depth + 1).rosters;
      return { ...none, rosters: [...rosters, ...more] };
    }
  }
}

function shiftSource(
  roster: Roster,
  name: string,
  shift: Shift,
  at: number,
  window: Interval,
): readonly Source[] {
  if (shift.kind !== 'weekly') return [];
  const path: Path = ['rosters', name, 'shifts', at];
  return [
    {
      label: `the shift of ${roster.people.get(shift.person)?.name ?? shift.person}`,
      zone: shift.zone,
      from: shift.from,
      to: shift.to,
      place: { file: 'roster', path },
      periods: periodsOf(shift, window.fromMs, window.untilMs),
      in: { roster: name, shift: at },
    },
  ];
}

/** Every source with hours, in the order of the files. */
export function sourcesOf(
  charter: Charter,
  roster: Roster,
  origin: SeatOrigin,
  window: Interval,
): readonly Source[] {
  const seat = charter.seats.get(origin.seat);
  const legs =
    seat?.fill !== 'sun'
      ? []
      : seat.legs.map((leg, at): Source => {
          const path: Path = ['seats', origin.seat, 'follow-the-sun', at];
          return {
            label: `the ${cityOf(leg.zone)} shift`,
            zone: leg.zone,
            from: leg.from,
            to: leg.to,
            place: { file: 'charter', path },
            periods: periodsOf(leg, window.fromMs, window.untilMs),
            in: { seat: origin.seat, leg: at },
          };
        });
  const shifts = origin.rosters.flatMap((name) =>
    (roster.rosters.get(name) ?? []).flatMap((shift, at) =>
      shiftSource(roster, name, shift, at, window),
    ),
  );
  return [...legs, ...shifts];
}
