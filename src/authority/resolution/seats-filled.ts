import type { ActRole } from '../charter/model.ts';
import type { Holder } from '../model.ts';
import { type Asked, refusalOf } from './eligibility.ts';
import { holdersOf } from './ladder.ts';
import { takeSeat } from './seats.ts';

/** One of each seat, or several where every jurisdiction is meant; whoever may not act in this role is passed over. */
export function seatsFilled(
  asked: Asked,
  seats: readonly string[],
  role: ActRole,
): readonly Holder[] {
  const filled = seats.map((seat) => ({
    seat,
    people: takeSeat(asked, seat, (candidate) => refusalOf(asked, candidate, role)).people,
  }));
  return holdersOf(filled);
}
