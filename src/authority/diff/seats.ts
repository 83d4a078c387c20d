import type { Charter, Seat, SunLeg } from '../charter/model.ts';
import { type CharterChange, isSame, textOf } from './change.ts';

// Which roster fills a seat during a week, in the wall time of the seat's first zone. Two weeks are looked at, because
// zones change their clocks on different days; the prover looks at every minute of the year.

const WEEKS = [
  ['in winter', '2027-01-11'],
  ['in summer', '2027-07-12'],
] as const;
const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly roster: string;
}

type Sun = Extract<Seat, { fill: 'sun' }>;

function instantOf(zone: string, date: Temporal.PlainDate, time: string): number {
  const wall = date.toPlainDateTime(Temporal.PlainTime.from(time));
  return wall.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
}

function spansOf(leg: SunLeg, monday: Temporal.PlainDate): readonly Span[] {
  return Array.from({ length: 9 }, (_, at) => monday.add({ days: at - 1 }))
    .filter((date) => leg.days.includes(date.dayOfWeek))
    .map((date) => ({
      fromMs: instantOf(leg.zone, date, leg.from),
      untilMs: instantOf(leg.zone, leg.to <= leg.from ? date.add({ days: 1 }) : date, leg.to),
      roster: leg.roster,
    }));
}

/** Where legs overlap, the one that came on duty last. */
function rosterAt(spans: readonly Span[], otherwise: string | null, atMs: number): string | null {
  let newest: Span | null = null;
  for (const span of spans) {
    if (span.fromMs > atMs || span.untilMs <= atMs) continue;
    if (newest === null || span.fromMs > newest.fromMs) newest = span;
  }
  return newest?.roster ?? otherwise;
}

interface Window {
  readonly day: number;
  readonly from: string;
  readonly to: string;
  readonly before: string | null;
  readonly after: string | null;
}

function coverOf(seat: Sun | Extract<Seat, { fill: 'roster' }>, monday: Temporal.PlainDate) {
  if (seat.fill === 'roster') return { spans: [], otherwise: seat.roster };
  return { spans: seat.legs.flatMap((leg) => spansOf(leg, monday)), otherwise: seat.otherwise };
}

type Timed = Parameters<typeof coverOf>[0];

function changedWindows(before: Timed, after: Timed, zone: string, week: string): Window[] {
  const monday = Temporal.PlainDate.from(week);
  const [old, fresh] = [coverOf(before, monday), coverOf(after, monday)];
  const midnights = Array.from({ length: 8 }, (_, at) =>
    instantOf(zone, monday.add({ days: at }), '00:00'),
  );
  const [start = 0, end = 0] = [midnights[0], midnights[7]];
  const edges = [...old.spans, ...fresh.spans].flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]);
  const cuts = [...new Set([...midnights, ...edges])]
    .filter((ms) => ms >= start && ms <= end)
    .sort((left, right) => left - right);
  const windows: Window[] = [];
  for (const [at, fromMs] of cuts.slice(0, -1).entries()) {
    const rosters = [
      rosterAt(old.spans, old.otherwise, fromMs),
      rosterAt(fresh.spans, fresh.otherwise, fromMs),
    ] as const;
    if (rosters[0] === rosters[1]) continue;
    const local = (ms: number) =>
      Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
    const [from, to] = [local(fromMs), local(cuts[at + 1] ?? end)];
    const day = from.dayOfWeek;
    const [fromText, toText] = [from, to].map((one) => one.toPlainTime().toString().slice(0, 5));
    const last = windows.at(-1);
    const text = toText === '00:00' ? '24:00' : (toText ?? '');
    if (last?.day === day && last.to === fromText && isSame([last.before, last.after], rosters)) {
      windows[windows.length - 1] = { ...last, to: text };
      continue;
    }
    windows.push({ day, from: fromText ?? '', to: text, before: rosters[0], after: rosters[1] });
  }
  return windows;
}

function daysText(days: readonly number[]): string {
  if (days.length === 7) return 'every day';
  const names = days.map((day) => DAY_NAMES[day - 1] ?? '');
  const isRun = days.every((day, at) => at === 0 || day === (days[at - 1] ?? 0) + 1);
  return isRun && days.length > 2 ? `${names[0] ?? ''}-${names.at(-1) ?? ''}` : names.join(', ');
}

/** People speak of nights before they speak of hours. */
function partOfDay({ from, to }: Window): string {
  if (from === '00:00' && to === '24:00') return '';
  const isNight = (from >= '20:00' && to > from) || to <= '08:00';
  return isNight ? 'during nights, ' : '';
}

interface Told {
  readonly text: string;
  readonly before: string | null;
  readonly after: string | null;
}

function tell(windows: readonly Window[], zone: string): readonly Told[] {
  const groups = new Map<string, Window[]>();
  for (const window of windows) {
    const { from, to, before, after } = window;
    const key = textOf([from, to, before, after]);
    groups.set(key, [...(groups.get(key) ?? []), window]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const days = daysText(group.map(({ day }) => day));
    const text = `${partOfDay(first)}${days} ${first.from} to ${first.to} ${zone}`;
    return [{ text, before: first.before, after: first.after }];
  });
}

/** The decisions whose first rung the seat is: for whom it matters when somebody else sits there. */
function firstIn(charter: Charter, seat: string): string {
  const decisions = charter.rights
    .filter(({ decide }) => decide?.[0]?.seat === seat)
    .flatMap((right) => {
      const severities = right.when.severity?.join(' and ');
      return right.decisions.map((one) =>
        severities === undefined ? one : `${severities} ${one}`,
      );
    });
  const all = [...new Set(decisions)];
  return all.length === 0 ? `seat ${seat}` : `${all.join(', ')} (seat ${seat})`;
}

function timedChanges(
  name: string,
  before: Timed,
  after: Timed,
  charter: Charter,
): readonly CharterChange[] {
  const legs = [before, after].flatMap((seat) => (seat.fill === 'sun' ? seat.legs : []));
  const zone = legs[0]?.zone ?? 'UTC';
  const [winter = [], summer = []] = WEEKS.map(([, week]) =>
    tell(changedWindows(before, after, zone, week), zone),
  );
  const asText = ({ text, before: old, after: fresh }: Told): string => textOf([text, old, fresh]);
  const inSummer = new Set(summer.map(asText));
  const inWinter = new Set(winter.map(asText));
  const all = [
    ...winter.map((told) => ({ told, season: inSummer.has(asText(told)) ? '' : 'in winter, ' })),
    ...summer
      .filter((told) => !inWinter.has(asText(told)))
      .map((told) => ({ told, season: 'in summer, ' })),
  ];
  return all.map(({ told, season }) => {
    const isLost = told.after === null;
    const consequence = isLost ? 'loosens' : told.before === null ? 'tightens' : 'moves';
    const verb = `moves from ${told.before ?? 'nobody'} to ${told.after ?? 'nobody'}`;
    const words = `${season}${told.text}: ${firstIn(charter, name)} ${verb}`;
    return { consequence, about: 'seat', words };
  });
}

function isTimed(seat: Seat): seat is Timed {
  return seat.fill === 'sun' || (seat.fill === 'roster' && seat.party === null);
}

function unordered(seat: Timed): Timed {
  if (seat.fill === 'roster') return seat;
  const legs = seat.legs.toSorted((left, right) => (textOf(left) < textOf(right) ? -1 : 1));
  return { ...seat, legs };
}

function fillText(seat: Seat): string {
  switch (seat.fill) {
    case 'roster':
      return `roster ${seat.roster}${seat.party === null ? '' : ` of ${seat.party}`}`;
    case 'owner':
      return `the ${seat.role} owner, else ${seat.orElse ?? 'nobody'}`;
    case 'jurisdiction':
      return `${[...seat.rosters].map(([code, roster]) => `${roster} in ${code}`).join(', ')}, else ${seat.orElse ?? 'nobody'}`;
    default:
      return `legs of ${seat.legs.map(({ roster }) => roster).join(', ')}`;
  }
}

export function seatChanges(before: Charter, after: Charter): readonly CharterChange[] {
  const names = [...new Set([...before.seats.keys(), ...after.seats.keys()])];
  return names.flatMap((name): readonly CharterChange[] => {
    const [old, fresh] = [before.seats.get(name), after.seats.get(name)];
    if (old === undefined || fresh === undefined) {
      const words = fresh === undefined ? `seat ${name} is gone` : `seat ${name} is new`;
      return [{ consequence: 'moves', about: 'seat', words }];
    }
    if (isSame(old, fresh)) return [];
    if (isTimed(old) && isTimed(fresh)) {
      const changes = timedChanges(name, old, fresh, after);
      if (changes.length > 0 || isSame(unordered(old), unordered(fresh))) return changes;
      const words = `${name} is filled by other hours with the same people in an ordinary week`;
      return [{ consequence: 'moves', about: 'seat', words }];
    }
    const words = `${name} is filled by ${fillText(fresh)} instead of ${fillText(old)}`;
    return [{ consequence: 'moves', about: 'seat', words }];
  });
}
