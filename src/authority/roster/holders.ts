import type { Charter, Seat } from '../charter/model.ts';
import type { Roster } from './model.ts';

function rostersOf(seat: Seat): readonly string[] {
  switch (seat.fill) {
    case 'roster':
      return [seat.roster];
    case 'sun':
      return [
        ...seat.legs.map(({ roster }) => roster),
        ...(seat.otherwise === null ? [] : [seat.otherwise]),
      ];
    case 'jurisdiction':
      return [...seat.rosters.values()];
    // Who owns something is asked about it; the roster does not say who that may be.
    case 'owner':
      return [];
  }
}

/** Everybody who may come to sit in a seat of the charter, whoever sits there now. */
export function seatHolders(charter: Charter, roster: Roster): ReadonlySet<string> {
  const named = new Set([...charter.seats.values()].flatMap(rostersOf));
  const onShift = [...named].flatMap((name) => roster.rosters.get(name) ?? []);
  const takingOver = roster.overrides.filter((override) => named.has(override.roster));
  return new Set([...onShift, ...takingOver].map(({ person }) => person));
}
