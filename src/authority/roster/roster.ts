import { digestOf, type JsonObject } from '../../kernel/index.ts';
import type { Charter } from '../charter/model.ts';
import {
  charterInvalid,
  checkForm,
  type Finding,
  type Path,
  readDocument,
  refuse,
} from '../charter/document.ts';
import type { CharterProblem } from '../model.ts';
import {
  count,
  instantMs,
  items,
  members,
  optionalText,
  text,
  texts,
  weekdays,
} from '../charter/reading.ts';
import type { Roster, Shift } from './model.ts';
import { ROSTER_SECTIONS } from '../charter/schema.ts';
import { zoneFinding } from '../charter/seat-semantics.ts';

export type RosterCheck =
  | { readonly ok: true; readonly roster: Roster }
  | { readonly ok: false; readonly problems: readonly CharterProblem[] };

function shiftFindings(shift: JsonObject, zone: string, path: Path): readonly Finding[] {
  const weekly = ['days', 'from', 'to'].filter((member) => shift[member] !== undefined);
  if (shift['always'] === true) {
    if (weekly.length === 0) return [];
    const problem = 'a shift that is always on has no hours';
    return [{ path, problem, remedy: 'Remove always, or the hours.' }];
  }
  if (shift['from'] === undefined || shift['to'] === undefined) {
    const problem = 'a shift is always on, or has from and to';
    return [{ path, problem, remedy: 'Write `always: true`, or hours such as from: "08:00".' }];
  }
  if (shift['from'] === shift['to']) {
    const problem = 'a shift that ends when it begins has no length';
    return [{ path, problem, remedy: 'Write `always: true` for the whole day.' }];
  }
  if (zone !== '') return [];
  const remedy = 'Name the zone of the roster.';
  return [{ path, problem: 'hours need a time zone', remedy }];
}

function checkMeaning(document: JsonObject): readonly Finding[] {
  const people = Object.keys(members(document['people']));
  const findings: Finding[] = [];
  const person = (name: string, path: Path): void => {
    if (people.includes(name)) return;
    const problem = `there is no person ${name}`;
    findings.push({ path, problem, remedy: 'Add the person under people.' });
  };
  for (const [name, value] of Object.entries(members(document['rosters']))) {
    const roster = members(value);
    const zone = text(roster['zone']);
    if (zone !== '') findings.push(...zoneFinding(['rosters', name, 'zone'], zone));
    for (const [at, item] of items(roster['shifts']).entries()) {
      const path: Path = ['rosters', name, 'shifts', at];
      person(text(members(item)['person']), [...path, 'person']);
      findings.push(...shiftFindings(members(item), zone, path));
    }
  }
  for (const [at, item] of items(document['absences']).entries()) {
    const absence = members(item);
    person(text(absence['person']), ['absences', at, 'person']);
    if (instantMs(absence['from']) < instantMs(absence['until'])) continue;
    const problem = 'the absence ends before it begins';
    findings.push({ path: ['absences', at, 'until'], problem, remedy: 'Swap from and until.' });
  }
  for (const [id, value] of Object.entries(members(document['people']))) {
    const manager = optionalText(members(value)['manager']);
    if (manager !== null) person(manager, ['people', id, 'manager']);
  }
  return findings;
}

function shiftOf(zone: string, shift: JsonObject): Shift {
  const person = text(shift['person']);
  if (shift['always'] === true) return { kind: 'always', person };
  const { from, to } = { from: text(shift['from']), to: text(shift['to']) };
  const days = weekdays(shift['days']);
  return { kind: 'weekly', person, zone, days, from, to, exceptHolidays: null };
}

function normaliseRoster(document: JsonObject): Roster {
  const people = Object.entries(members(document['people'])).map(([id, value]) => {
    const person = members(value);
    return {
      id,
      name: text(person['name']),
      employer: optionalText(person['employer']),
      manager: optionalText(person['manager']),
      refs: texts(person['refs']),
      reach: [],
    };
  });
  const rosters = Object.entries(members(document['rosters'])).map(([name, value]) => {
    const roster = members(value);
    const zone = text(roster['zone']);
    return [name, items(roster['shifts']).map((shift) => shiftOf(zone, members(shift)))] as const;
  });
  return {
    id: text(document['roster']),
    revision: count(document['revision'], 1),
    digest: digestOf(document),
    people: new Map(people.map((person) => [person.id, person])),
    rosters: new Map(rosters),
    teams: new Map(),
    overrides: [],
    holidays: new Map(),
    absences: items(document['absences']).map((item) => {
      const absence = members(item);
      return {
        person: text(absence['person']),
        fromMs: instantMs(absence['from']),
        untilMs: instantMs(absence['until']),
      };
    }),
  };
}

export function checkRoster(source: string): RosterCheck {
  const read = readDocument(source);
  if (!read.ok) return read;
  const { document } = read;
  const form = checkForm(document.value, ROSTER_SECTIONS);
  const findings = form.length > 0 ? form : checkMeaning(document.value);
  if (findings.length > 0) return { ok: false, problems: refuse(document, findings) };
  return { ok: true, roster: normaliseRoster(document.value) };
}

export function loadRoster(source: string): Roster {
  const check = checkRoster(source);
  if (!check.ok) throw charterInvalid(check.problems);
  return check.roster;
}

/** Every roster that a seat names has to be there: a seat that can never be filled is a hole. */
export function checkRosterFits(charter: Charter, roster: Roster): void {
  const known = [...roster.rosters.keys()];
  const findings: Finding[] = [];
  for (const [name, seat] of charter.seats) {
    const wanted =
      seat.fill === 'roster'
        ? [seat.roster]
        : seat.fill === 'sun'
          ? [
              ...seat.legs.map((leg) => leg.roster),
              ...(seat.otherwise === null ? [] : [seat.otherwise]),
            ]
          : seat.fill === 'jurisdiction'
            ? [...seat.rosters.values()]
            : [];
    for (const missing of wanted.filter((one) => !known.includes(one))) {
      findings.push({
        path: ['seats', name],
        problem: `seat ${name} is filled from roster ${missing}, which the roster file does not have`,
        allowed: known,
        remedy: 'Add it to the roster file, or name another.',
      });
    }
  }
  if (findings.length > 0) throw charterInvalid(refuse(null, findings));
}
