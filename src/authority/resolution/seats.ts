import { assertNever } from '../../kernel/index.ts';
import type { Charter, Seat } from '../charter/model.ts';
import type { AuthorityFacts } from '../model.ts';
import type { Roster } from '../roster/model.ts';
import { isAbsent, onDuty, startedAtMs } from '../roster/shifts.ts';

export interface SeatContext {
  readonly charter: Charter;
  readonly roster: Roster;
  readonly nowMs: number;
  readonly owners: NonNullable<AuthorityFacts['identity']['owners']>;
  /** Null = every jurisdiction. */
  readonly jurisdiction: string | null;
}

/** Nobody is an answer, with its reason; several people when every jurisdiction is meant. */
export interface Filled {
  readonly people: readonly string[];
  readonly why: string;
}

function one(person: string | null, why: string, otherwise: string): Filled {
  return person === null ? { people: [], why: otherwise } : { people: [person], why };
}

function fromRoster(context: SeatContext, name: string): Filled {
  const person = onDuty(context.roster, name, context.nowMs);
  return one(person, `on duty in ${name}`, `nobody is on duty in ${name}`);
}

/** Where legs overlap, the one that came on duty last decides what is new. */
function fromSun(context: SeatContext, seat: Extract<Seat, { fill: 'sun' }>): Filled {
  const active = seat.legs
    .flatMap((leg) => {
      const sinceMs = startedAtMs(leg, context.nowMs);
      return sinceMs === null ? [] : [{ leg, sinceMs }];
    })
    .toSorted((left, right) => right.sinceMs - left.sinceMs);
  for (const { leg } of active) {
    const filled = fromRoster(context, leg.roster);
    if (filled.people.length > 0) return filled;
  }
  if (seat.otherwise !== null) return fromRoster(context, seat.otherwise);
  const legs = active.map(({ leg }) => leg.roster).join(', ');
  return {
    people: [],
    why: legs === '' ? 'no shift covers this minute' : `nobody is on duty in ${legs}`,
  };
}

function fromOwner(context: SeatContext, seat: Extract<Seat, { fill: 'owner' }>): Filled {
  const names = context.owners
    .filter(({ role }) => role === seat.role)
    .flatMap((owner) => owner.names);
  for (const person of context.roster.people.values()) {
    const known = [person.id, person.name, ...person.refs];
    if (!known.some((name) => names.includes(name))) continue;
    if (isAbsent(context.roster, person.id, context.nowMs)) continue;
    return { people: [person.id], why: `is the ${seat.role} owner` };
  }
  const why =
    names.length === 0
      ? `no ${seat.role} owner is known`
      : `the ${seat.role} owner is away or not in the roster`;
  return orElse(context, seat.orElse, why);
}

function fromJurisdiction(
  context: SeatContext,
  seat: Extract<Seat, { fill: 'jurisdiction' }>,
): Filled {
  const { jurisdiction } = context;
  const names =
    jurisdiction === null ? [...seat.rosters.values()] : [seat.rosters.get(jurisdiction) ?? ''];
  const people = names.flatMap((name) => onDuty(context.roster, name, context.nowMs) ?? []);
  if (people.length > 0) {
    return {
      people: [...new Set(people)],
      why: `on duty for ${jurisdiction ?? 'every jurisdiction'}`,
    };
  }
  return orElse(
    context,
    seat.orElse,
    `nobody is on duty for ${jurisdiction ?? 'any jurisdiction'}`,
  );
}

function orElse(context: SeatContext, seat: string | null, why: string): Filled {
  if (seat === null) return { people: [], why };
  const filled = fillSeat(context, seat);
  return { people: filled.people, why: `${why}, so ${seat}: ${filled.why}` };
}

/** Who sits there now. The loader has refused `orElse` in a circle. */
export function fillSeat(context: SeatContext, name: string): Filled {
  const seat = context.charter.seats.get(name);
  if (seat === undefined) return { people: [], why: `there is no seat ${name}` };
  switch (seat.fill) {
    case 'roster':
      return fromRoster(context, seat.roster);
    case 'sun':
      return fromSun(context, seat);
    case 'owner':
      return fromOwner(context, seat);
    case 'jurisdiction':
      return fromJurisdiction(context, seat);
    default:
      return assertNever(seat);
  }
}

/** The first person of a seat, for `charter who` and tests. */
export function personFor(
  charter: Charter,
  roster: Roster,
  seat: string,
  nowMs: number,
  more: Partial<Pick<SeatContext, 'owners' | 'jurisdiction'>> = {},
): string | null {
  const context = { charter, roster, nowMs, owners: [], jurisdiction: null, ...more };
  return fillSeat(context, seat).people[0] ?? null;
}
