import type { Charter, Right, Rung, SunLeg } from '../charter/model.ts';
import type { AuthorityFacts, DecisionKind } from '../model.ts';
import type { Roster, Shift } from '../roster/model.ts';
import { isOnShiftBySpec } from '../roster/spec.ts';

// The naive second definition of who decides: no index, no order of evaluation, no sharing with the real one. Tests only.

export interface World {
  readonly charter: Charter;
  readonly roster: Roster;
  readonly facts: AuthorityFacts;
  readonly decision: DecisionKind;
  readonly nowMs: number;
}

interface Who {
  readonly person: string;
  readonly byOwnership: boolean;
}

/** The right that matches and that no other matching right names; of each member, the same. */
export function ruleBySpec({ charter, facts, decision }: World): {
  readonly id: string | null;
  readonly member: <Name extends keyof Right>(name: Name) => Right[Name] | undefined;
} {
  const { identity } = facts;
  const any = (wanted: readonly string[] | undefined, given: readonly string[]): boolean =>
    wanted === undefined || wanted.some((one) => given.includes(one));
  const classes = charter.classes
    .filter(
      ({ match }) => any(match.service, identity.services) && any(match.kind, [identity.kind]),
    )
    .filter(({ match }) => any(match.tag, identity.tags))
    .filter(({ match }) => any(match.operator, [identity.operator ?? '']))
    .map(({ name }) => name);
  const place = facts.jurisdiction ?? charter.unknown.jurisdiction;
  const matching = charter.rights.filter(
    ({ decisions, when }) =>
      decisions.includes(decision) &&
      any(when.class, classes) &&
      any(when.severity, [facts.severity ?? charter.unknown.severity]) &&
      any(when.environment, [facts.environment ?? charter.unknown.environment]) &&
      (place === null || any(when.jurisdiction, [place])),
  );
  const top = (rights: readonly Right[]): Right | undefined =>
    rights.find((one) => !rights.some((other) => other.overrides.includes(one.id)));
  const member = <Name extends keyof Right>(name: Name): Right[Name] | undefined =>
    top(matching.filter((right) => right[name] !== undefined))?.[name];
  return { id: top(matching)?.id ?? null, member };
}

/** Nobody who is marked, tied to the case, separated from it, out of reach, or has too much to do. */
function may({ charter, roster, facts, decision, nowMs }: World, who: Who): boolean {
  const { person } = who;
  const known = roster.people.get(person);
  const suspects = facts.suspects ?? { people: [], channels: [] };
  const grounds = charter.conflictOfInterest?.grounds ?? [];
  const lookBackMs = charter.conflictOfInterest?.lookBackMs ?? 0;
  const names = [person, known?.name, ...(known?.refs ?? [])];
  const owns = facts.identity.owners?.some((owner) =>
    owner.names.some((name) => {
      const team = [...roster.teams].find(([id, one]) =>
        [id, one.name, ...one.refs].includes(name),
      );
      return names.includes(name) || team?.[1].members.includes(person) === true;
    }),
  );
  const tied = [
    owns === true && 'owner',
    suspects.people.some((one) => roster.people.get(one)?.manager === person) && 'manager-of',
    ...(facts.conflicts ?? [])
      .filter((one) => one.person === person && nowMs - (one.atMs ?? nowMs) <= lookBackMs)
      .map(({ ground }) => ground),
  ].some((ground) =>
    grounds.some((one) => one === ground && !(one === 'owner' && who.byOwnership)),
  );
  const separated = charter.separation.some(
    (rule) =>
      rule.rule === 'never-same-person' &&
      rule.acts.some((act) => act.decision === decision && act.role === 'decide') &&
      rule.acts.some(
        (act) =>
          !(act.decision === decision && act.role === 'decide') &&
          facts.acted?.some(
            (one) =>
              one.person === person && one.decision === act.decision && one.role === act.role,
          ),
      ),
  );
  const out = [...(facts.channelsDown ?? []), ...suspects.channels];
  const reach = known?.reach.map(({ channel }) => channel) ?? [];
  const reached = [...charter.channels].some(
    ([name, { depends }]) =>
      (reach.length === 0 || reach.includes(name)) &&
      ![name, ...depends].some((one) => out.includes(one)),
  );
  const contract = charter.parties.get(known?.employer ?? '')?.contract;
  const over = contract !== undefined && contract !== null && nowMs >= contract.untilMs;
  const asked = facts.load?.find((one) => one.person === person)?.asked ?? 0;
  const loaded = asked >= (charter.fuses.decisionsAPerson?.limit ?? Infinity);
  return !(
    suspects.people.includes(person) ||
    tied ||
    separated ||
    (charter.channels.size > 0 && !reached) ||
    over ||
    loaded
  );
}

/** Who could sit there, in lists of which the first who may takes it. */
function listsOf(world: World, name: string): readonly (readonly Who[])[] {
  const { charter, roster, facts, nowMs } = world;
  const seat = charter.seats.get(name);
  const present = (person: string): boolean =>
    !roster.absences.some(
      (one) => one.person === person && one.fromMs <= nowMs && nowMs < one.untilMs,
    );
  const onDuty = (list: string): readonly Who[] => {
    const swaps = roster.overrides
      .filter((one) => one.roster === list && one.fromMs <= nowMs && nowMs < one.untilMs)
      .toSorted((left, right) => right.fromMs - left.fromMs);
    const shifts = (roster.rosters.get(list) ?? []).filter((one) => isOnShiftBySpec(one, nowMs));
    const whole = swaps.filter(({ replaces }) => (replaces ?? null) === null);
    const people = [
      ...whole.map(({ person }) => person),
      ...shifts.flatMap((shift) => [
        ...swaps.filter(({ replaces }) => replaces === shift.person).map(({ person }) => person),
        shift.person,
      ]),
    ];
    return people.filter(present).map((person) => ({ person, byOwnership: false }));
  };
  switch (seat?.fill) {
    case undefined:
      return [];
    case 'roster':
      return [onDuty(seat.roster)];
    case 'sun': {
      const openedMs = facts.decisionOpenedAtMs ?? nowMs;
      const rank = (leg: SunLeg): number => {
        const sinceMs = sinceBySpec(leg, nowMs) ?? 0;
        return sinceMs > openedMs ? sinceMs - 1e15 : sinceMs;
      };
      const running = seat.legs.filter((leg) => sinceBySpec(leg, nowMs) !== null);
      const legs = running.toSorted((left, right) => rank(right) - rank(left));
      const otherwise = seat.otherwise === null ? [] : [seat.otherwise];
      return [[...legs.map(({ roster: list }) => list), ...otherwise].flatMap(onDuty)];
    }
    case 'owner': {
      const owners = facts.identity.owners?.filter(({ role }) => role === seat.role) ?? [];
      const people = owners.flatMap(({ names }) =>
        names.flatMap((wanted) => [
          ...[...roster.people.values()]
            .filter((one) => [one.id, one.name, ...one.refs].includes(wanted))
            .map(({ id }) => id),
          ...[...roster.teams]
            .filter(([id, team]) => [id, team.name, ...team.refs].includes(wanted))
            .flatMap(([, team]) => team.members),
        ]),
      );
      return [people.filter(present).map((person) => ({ person, byOwnership: true }))];
    }
    case 'jurisdiction': {
      const place = facts.jurisdiction ?? charter.unknown.jurisdiction;
      const lists = [...seat.rosters].filter(([code]) => place === null || code === place);
      return lists.map(([, list]) => onDuty(list));
    }
  }
}

function sinceBySpec(leg: SunLeg, nowMs: number): number | null {
  const shift: Shift = { ...leg, kind: 'weekly', person: '', exceptHolidays: null };
  if (!isOnShiftBySpec(shift, nowMs)) return null;
  const today = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(leg.zone);
  const starts = [today, today.subtract({ days: 1 })]
    .map((day) => day.toPlainDate())
    .filter((date) => leg.days.includes(date.dayOfWeek))
    .map((date) => date.toPlainDateTime(leg.from).toZonedDateTime(leg.zone).epochMilliseconds);
  return starts.find((startMs) => startMs <= nowMs) ?? null;
}

function peopleBySpec(world: World, seat: string, taken: readonly string[]): readonly string[] {
  const people = listsOf(world, seat).flatMap(
    (list) => list.find((who) => !taken.includes(who.person) && may(world, who))?.person ?? [],
  );
  if (people.length > 0) return [...new Set(people)];
  const found = world.charter.seats.get(seat);
  const next = found !== undefined && 'orElse' in found ? found.orElse : null;
  return next === null ? [] : peopleBySpec(world, next, taken);
}

interface RungBySpec {
  readonly seat: string;
  readonly people: readonly string[];
  readonly opensAfterMs: number;
  readonly endsAfterMs: number;
}

/** Each rung with its people and when it opens and ends at the latest; an empty one costs no time, unless all are. */
export function ladderBySpec(world: World, emptyCosts = false): readonly RungBySpec[] {
  const rungs: readonly Rung[] = ruleBySpec(world).member('decide') ?? [];
  const clockMs = world.facts.clockMs ?? 0;
  const taken: string[] = [];
  let opensAfterMs = 0;
  return rungs.map(({ seat, decideMs, decideShare }) => {
    const people = peopleBySpec(world, seat, taken);
    taken.push(...people);
    const moment = Math.max(opensAfterMs, Math.floor((decideShare ?? 0) * clockMs));
    const longMs = decideMs === null ? moment - opensAfterMs : decideMs;
    const endsAfterMs = opensAfterMs + (people.length === 0 && !emptyCosts ? 0 : longMs);
    const rung = { seat, people, opensAfterMs, endsAfterMs };
    opensAfterMs = endsAfterMs;
    return rung;
  });
}

/** How long the whole ladder has; break-glass gets the time of the rungs that nobody fills. */
function waitBySpec(world: World): number {
  const ladder = ladderBySpec(world);
  const nobody = ladder.every(({ people }) => people.length === 0);
  return ladderBySpec(world, nobody).at(-1)?.endsAfterMs ?? 0;
}

/** How long until the first of them has had their time. */
export function answerBySpec(world: World): number {
  const first = ladderBySpec(world).find(({ people }) => people.length > 0);
  return first?.endsAfterMs ?? waitBySpec(world);
}

/** What acts when nobody answers, under the ceiling that binds everything: 1..5 = G1..G5, 0 = nothing. */
export function defaultBySpec(
  world: World,
  ceiling: number,
): { readonly level: number; readonly afterMs: number } {
  const rule = ruleBySpec(world);
  const deadline = rule.member('atDeadline');
  const own = deadline?.guarantee ?? null;
  const level = (stage: string): number => Number(stage.slice(1));
  if (own === null || ceiling === 0 || world.decision !== 'contain')
    return { level: 0, afterMs: 0 };
  const lastMs = waitBySpec(world);
  const most = Math.min(ceiling, level(rule.member('withoutApproval') ?? 'G5'), 4);
  const after = deadline?.after ?? 'last-rung';
  return { level: Math.min(level(own), most), afterMs: after === 'last-rung' ? lastMs : after };
}
