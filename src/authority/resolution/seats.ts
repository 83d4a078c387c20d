import { assertNever, LIMITS } from '../../kernel/index.ts';
import type { Charter, Seat, SunLeg } from '../charter/model.ts';
import type { AuthorityFacts, Skipped, SkipReason } from '../model.ts';
import type { Person, Roster } from '../roster/model.ts';
import { type DutyCandidate, dutyCandidates, isAbsent, startedAtMs } from '../roster/shifts.ts';
import { rosterAges } from '../roster/sources.ts';

export interface SeatContext {
  readonly charter: Charter;
  readonly roster: Roster;
  readonly nowMs: number;
  readonly owners: NonNullable<AuthorityFacts['identity']['owners']>;
  /** Null = every jurisdiction. */
  readonly jurisdiction: string | null;
  /** When the decision opened: who came on duty since then decides what is new, not this. Absent = it is new. */
  readonly openedAtMs?: number | null;
}

/** Somebody who could sit there, before it is known whether they may. */
export interface Candidate {
  readonly person: string;
  readonly standing: 'here' | 'off-shift' | 'absent';
  /** Sits there because of owning the identity. */
  readonly byOwnership: boolean;
  /** The party that fills the seat. */
  readonly party: string | null;
  /** `Berlin shift until 17:00` */
  readonly why: string;
}

export interface Refusal {
  readonly reason: SkipReason;
  readonly why: string;
}
export type Judge = (candidate: Candidate) => Refusal | null;

/** Nobody is an answer, with its reason; several people when every jurisdiction is meant. */
export interface Filled {
  readonly people: readonly string[];
  readonly why: string;
  readonly skipped: readonly Skipped[];
}

interface Taking {
  readonly context: SeatContext;
  readonly seat: string;
  readonly judge: Judge;
  readonly skipped: Skipped[];
}

/** One who sits there, or null with the reasons on the list of those who were passed over. */
interface Taken {
  readonly person: string;
  readonly why: string;
}

export function standingRefusal({ standing, person }: Candidate): Refusal | null {
  switch (standing) {
    case 'here':
      return null;
    case 'off-shift':
      return { reason: 'off-shift', why: `${person} is not on shift` };
    case 'absent':
      return { reason: 'absent', why: `${person} is away` };
    default:
      return assertNever(standing);
  }
}

function offer({ seat, judge, skipped }: Taking, candidate: Candidate): Taken | null {
  const refusal = judge(candidate);
  const { person, why } = candidate;
  if (refusal === null) return { person, why };
  const known = skipped.some((one) => one.person === person && one.reason === refusal.reason);
  // A large roster must not fill the record with everybody who is off shift.
  if (!known && skipped.length < LIMITS.rungSkippedMax) skipped.push({ seat, person, ...refusal });
  return null;
}

/** `Europe/Berlin` -> `Berlin` */
function cityOf(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

function dutyWhy(name: string, { shift, insteadOf, override }: DutyCandidate): string {
  if (override) return insteadOf === null ? `has taken over ${name}` : `stands in for ${insteadOf}`;
  if (shift?.kind === 'weekly') return `${cityOf(shift.zone)} shift until ${shift.to}`;
  return `on duty in ${name}`;
}

/** A roster that comes from a calendar says from which one and how old it is. */
function knownFrom({ roster, nowMs }: SeatContext, name: string): string {
  return rosterAges(roster, name, nowMs)
    .map(({ words }) => `; ${words}`)
    .join('');
}

function fromRoster(
  taking: Taking,
  name: string,
  party: string | null,
  leg: SunLeg | null,
): Taken | null {
  const { roster, nowMs } = taking.context;
  for (const one of dutyCandidates(roster, name, nowMs)) {
    const { person, standing, override } = one;
    const sun = leg === null || override ? null : `${cityOf(leg.zone)} shift until ${leg.to}`;
    const why = (sun ?? dutyWhy(name, one)) + knownFrom(taking.context, name);
    const taken = offer(taking, { byOwnership: false, party, person, standing, why });
    if (taken !== null) return taken;
  }
  return null;
}

interface ActiveLeg {
  readonly leg: SunLeg;
  readonly sinceMs: number;
}

/** Where legs overlap, the one that came on duty last decides what is new; what is open stays with the one before. */
function activeLegs(context: SeatContext, legs: readonly SunLeg[]): readonly SunLeg[] {
  const openedAtMs = context.openedAtMs ?? context.nowMs;
  const active: ActiveLeg[] = [];
  for (const leg of legs) {
    const sinceMs = startedAtMs(leg, context.nowMs);
    if (sinceMs !== null) active.push({ leg, sinceMs });
  }
  const isLater = ({ sinceMs }: ActiveLeg): number => (sinceMs > openedAtMs ? 1 : 0);
  return active
    .toSorted((left, right) => isLater(left) - isLater(right) || right.sinceMs - left.sinceMs)
    .map(({ leg }) => leg);
}

function one(taking: Taking, taken: Taken | null, otherwise: string): Filled {
  const { skipped, seat } = taking;
  if (taken !== null) {
    const { person, why } = taken;
    const left = skipped.filter((other) => other.person !== person);
    return { people: [person], why, skipped: left };
  }
  const nobody = { seat, person: null, reason: 'nobody', why: otherwise } as const;
  return { people: [], why: otherwise, skipped: skipped.length > 0 ? skipped : [nobody] };
}

function sitByRoster(taking: Taking, seat: Extract<Seat, { fill: 'roster' }>): Filled {
  const taken = fromRoster(taking, seat.roster, seat.party, null);
  const known = knownFrom(taking.context, seat.roster);
  return one(taking, taken, `nobody is on duty in ${seat.roster}${known}`);
}

function sitBySun(taking: Taking, seat: Extract<Seat, { fill: 'sun' }>): Filled {
  const active = activeLegs(taking.context, seat.legs);
  for (const leg of active) {
    const taken = fromRoster(taking, leg.roster, null, leg);
    if (taken !== null) return one(taking, taken, '');
  }
  if (seat.otherwise !== null) {
    const taken = fromRoster(taking, seat.otherwise, null, null);
    return one(taking, taken, `nobody is on duty in ${seat.otherwise}`);
  }
  const legs = active.map(({ roster }) => roster).join(', ');
  const why = legs === '' ? 'no shift covers this minute' : `nobody is on duty in ${legs}`;
  return one(taking, null, why);
}

/** Every name under which somebody or a team is known -> the people it means; worked out once for each roster. */
const named = new WeakMap<Roster, ReadonlyMap<string, readonly string[]>>();

function peopleByName(roster: Roster): ReadonlyMap<string, readonly string[]> {
  const known = named.get(roster);
  if (known !== undefined) return known;
  const byName = new Map<string, string[]>();
  const add = (name: string, people: readonly string[]): void => {
    const list = byName.get(name);
    if (list === undefined) byName.set(name, [...people]);
    else list.push(...people);
  };
  const namesOf = ({ id, name, refs }: Person): ReadonlySet<string> => new Set([id, name, ...refs]);
  for (const person of roster.people.values()) {
    for (const name of namesOf(person)) add(name, [person.id]);
  }
  for (const [id, team] of roster.teams) {
    for (const name of new Set([id, team.name, ...team.refs])) add(name, team.members);
  }
  named.set(roster, byName);
  return byName;
}

/** The people behind the owners of an identity, in the order in which they are named. */
export function ownersInRoster(
  roster: Roster,
  owners: SeatContext['owners'],
  role: 'business' | 'technical' | null,
): readonly string[] {
  const byName = peopleByName(roster);
  const people = new Set<string>();
  for (const owner of owners) {
    if (role !== null && owner.role !== role) continue;
    for (const name of owner.names) {
      for (const person of byName.get(name) ?? []) people.add(person);
    }
  }
  return [...people];
}

function sitByOwner(taking: Taking, seat: Extract<Seat, { fill: 'owner' }>): Filled {
  const { context } = taking;
  const { roster, owners, nowMs } = context;
  for (const person of ownersInRoster(roster, owners, seat.role)) {
    const standing = isAbsent(roster, person, nowMs) ? 'absent' : 'here';
    const why = `the ${seat.role} owner`;
    const offered = { person, standing, byOwnership: true, party: null, why } as const;
    const taken = offer(taking, offered);
    if (taken !== null) return one(taking, taken, '');
  }
  const known = owners.some(({ role, names }) => role === seat.role && names.length > 0);
  const why = !known
    ? `no ${seat.role} owner is known`
    : taking.skipped.length > 0
      ? `the ${seat.role} owner may not or cannot`
      : `the ${seat.role} owner is not in the roster`;
  return orElse(taking, seat.orElse, why);
}

function sitByJurisdiction(taking: Taking, seat: Extract<Seat, { fill: 'jurisdiction' }>): Filled {
  const { jurisdiction } = taking.context;
  const names =
    jurisdiction === null ? [...seat.rosters.values()] : [seat.rosters.get(jurisdiction) ?? ''];
  const people = new Set<string>();
  for (const name of names) {
    const taken = fromRoster(taking, name, null, null);
    if (taken !== null) people.add(taken.person);
  }
  const place = jurisdiction ?? 'every jurisdiction';
  if (people.size > 0) {
    const left = taking.skipped.filter(({ person }) => person === null || !people.has(person));
    return { people: [...people], why: `on duty for ${place}`, skipped: left };
  }
  return orElse(taking, seat.orElse, `nobody is on duty for ${place}`);
}

function orElse(taking: Taking, seat: string | null, why: string): Filled {
  if (seat === null) return one(taking, null, why);
  const filled = takeSeat(taking.context, seat, taking.judge);
  // The rung is that of the first seat; whoever was passed over on the way there was passed over here.
  const skipped = [...taking.skipped, ...filled.skipped]
    .map((other) => ({ ...other, seat: taking.seat }))
    .slice(0, LIMITS.rungSkippedMax);
  return { people: filled.people, why: `${why}, so ${seat}: ${filled.why}`, skipped };
}

/** Who sits there now and may, in the eyes of the judge. The loader has refused `orElse` in a circle. */
export function takeSeat(context: SeatContext, name: string, judge: Judge): Filled {
  const seat = context.charter.seats.get(name);
  const taking: Taking = { context, seat: name, judge, skipped: [] };
  if (seat === undefined) return one(taking, null, `there is no seat ${name}`);
  switch (seat.fill) {
    case 'roster':
      return sitByRoster(taking, seat);
    case 'sun':
      return sitBySun(taking, seat);
    case 'owner':
      return sitByOwner(taking, seat);
    case 'jurisdiction':
      return sitByJurisdiction(taking, seat);
    default:
      return assertNever(seat);
  }
}

/** Who sits there now, whatever the case. */
export function fillSeat(context: SeatContext, name: string): Filled {
  return takeSeat(context, name, standingRefusal);
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
