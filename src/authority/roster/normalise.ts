import { digestOf, type JsonObject } from '../../kernel/index.ts';
import {
  count,
  durationMs,
  instantMs,
  items,
  members,
  optionalText,
  requiredMs,
  text,
  texts,
  weekdays,
} from '../charter/reading.ts';
import { DAY_MS, dateOf } from './days.ts';
import type { Person, RecurrenceRule, Roster, RosterSource, Shift } from './model.ts';
import { parseRule } from './rule-text.ts';
import { shiftForm, turnsOf, wallLengthMs } from './shift-form.ts';

/** How often a calendar is asked when the file does not say. */
const EVERY_MS = 900_000;

export function normaliseRoster(document: JsonObject): Roster {
  const entries = (section: string) => Object.entries(members(document[section]));
  const holidays = new Map(
    entries('holidays').map(([where, days]) => {
      const named = Object.entries(members(days));
      return [where, named.map(([date, name]) => ({ date, name: text(name) }))] as const;
    }),
  );
  const daysOff = new Map(
    [...holidays].map(([where, days]) => [where, new Set(days.map(({ date }) => date))] as const),
  );
  const rosters = entries('rosters').map(([name, value]) => {
    const roster = members(value);
    const context = { zone: text(roster['zone']), daysOff };
    const shifts = items(roster['shifts']).flatMap((shift) => shiftsOf(members(shift), context));
    return [name, shifts] as const;
  });
  return {
    id: text(document['roster']),
    revision: count(document['revision'], 1),
    digest: digestOf(document),
    people: new Map(entries('people').map(([id, value]) => [id, personOf(id, members(value))])),
    rosters: new Map(rosters),
    teams: new Map(entries('teams').map(([id, value]) => [id, teamOf(id, members(value))])),
    overrides: items(document['overrides']).map((item) => overrideOf(members(item))),
    holidays,
    absences: items(document['absences']).map((item) => personWithin(members(item))),
    sources: new Map(
      entries('sources').map(([name, value]) => [name, sourceOf(name, members(value))]),
    ),
  };
}

function personOf(id: string, person: JsonObject): Person {
  return {
    id,
    name: text(person['name']),
    employer: optionalText(person['employer']),
    manager: optionalText(person['manager']),
    refs: texts(person['refs']),
    reach: items(person['reach']).map((way) =>
      typeof way === 'string'
        ? { channel: way, device: null }
        : { channel: text(members(way)['channel']), device: optionalText(members(way)['device']) },
    ),
  };
}

function teamOf(
  id: string,
  team: JsonObject,
): Roster['teams'] extends ReadonlyMap<string, infer Team> ? Team : never {
  return {
    name: optionalText(team['name']) ?? id,
    members: texts(team['members']),
    refs: texts(team['refs']),
  };
}

function personWithin(value: JsonObject): Roster['absences'][number] {
  return {
    person: text(value['person']),
    fromMs: instantMs(value['from']),
    untilMs: instantMs(value['until']),
  };
}

function overrideOf(override: JsonObject): Roster['overrides'][number] {
  const { roster, replaces } = override;
  return { ...personWithin(override), roster: text(roster), replaces: optionalText(replaces) };
}

function sourceOf(name: string, source: JsonObject): RosterSource {
  const table = (member: string): ReadonlyMap<string, string> =>
    new Map(
      Object.entries(members(source[member])).map(([called, meant]) => [called, text(meant)]),
    );
  return {
    name,
    ical: text(source['ical']),
    roster: text(source['roster']),
    maxAgeMs: requiredMs(source['maxAge']),
    everyMs: durationMs(source['every']) ?? EVERY_MS,
    people: table('people'),
    zones: table('zones'),
    zone: optionalText(source['zone']),
  };
}

interface ShiftContext {
  readonly zone: string;
  readonly daysOff: ReadonlyMap<string, ReadonlySet<string>>;
}

function shiftsOf(shift: JsonObject, context: ShiftContext): readonly Shift[] {
  const person = text(shift['person']);
  const exceptHolidays = optionalText(shift['exceptHolidays']);
  const off = exceptHolidays === null ? undefined : context.daysOff.get(exceptHolidays);
  const holidays = { exceptHolidays, ...(off === undefined ? {} : { daysOff: off }) };
  const { zone } = context;
  switch (shiftForm(shift)) {
    case 'always':
      return [{ kind: 'always', person }];
    case 'from': {
      const days = weekdays(shift['days']);
      const hours = { from: text(shift['from']), to: text(shift['to']) };
      return [{ kind: 'weekly', person, zone, days, ...hours, ...holidays }];
    }
    case 'start': {
      const start = text(shift['start']);
      const lengthMs = wallLengthMs(shift);
      const rule = shift['rule'] === undefined ? null : ruleOf(text(shift['rule']), zone);
      const series = { kind: 'recurring', person, zone, start, lengthMs, length: 'wall' } as const;
      return [{ ...series, rule, exceptMs: [], ...holidays }];
    }
    case 'rotation':
      return turnShifts(shift, zone).map((turn) => ({ ...turn, ...holidays }));
    case null:
      return [];
  }
}

function ruleOf(text_: string, zone: string): RecurrenceRule | null {
  const parsed = parseRule(text_, zone);
  return parsed.ok ? parsed.value : null;
}

/** Turns of each person recur after everybody has had theirs, from one hand-over to the next in wall time. */
function turnShifts(
  shift: JsonObject,
  zone: string,
): readonly Extract<Shift, { kind: 'recurring' }>[] {
  const { people, eachDays, time, startDay } = turnsOf(shift);
  const everyDays = people.length * eachDays;
  const hours = shift['from'] === undefined ? null : hoursOf(shift);
  const days = hours === null ? [] : weekdays(shift['days']);
  const rule = {
    every: 'day',
    interval: everyDays,
    on: days.map((weekday) => ({ weekday, nth: null })),
    count: null,
    untilMs: null,
    weekStart: 1,
  } as const;
  const base = {
    kind: 'recurring',
    zone,
    length: 'wall',
    rule,
    exceptMs: [],
    exceptHolidays: null,
  } as const;
  return people.flatMap((person, at) => {
    const firstDay = startDay + at * eachDays;
    if (hours === null) {
      const start = `${dateOf(firstDay)}T${time}`;
      return [{ ...base, person, start, lengthMs: eachDays * DAY_MS }];
    }
    // Hours belong to the turn in which they begin: before the hand-over of a day it is still the turn before.
    const later = hours.from < time ? 1 : 0;
    return Array.from({ length: eachDays }, (_, day) => ({
      ...base,
      person,
      start: `${dateOf(firstDay + day + later)}T${hours.from}`,
      lengthMs: hours.lengthMs,
    }));
  });
}

function hoursOf(shift: JsonObject): { readonly from: string; readonly lengthMs: number } {
  const [from, to] = [text(shift['from']), text(shift['to'])];
  const lengthMs = Date.parse(`1970-01-01T${to}Z`) - Date.parse(`1970-01-01T${from}Z`);
  return { from, lengthMs: lengthMs <= 0 ? lengthMs + DAY_MS : lengthMs };
}
