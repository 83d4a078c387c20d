import { type JsonObject, LIMITS } from '../../kernel/index.ts';
import type { Finding, Path } from '../charter/finding.ts';
import { durationMs, text, texts } from '../charter/reading.ts';
import { DAY_MS, dateOf, dayOf, weekdayOf } from './days.ts';
import { daysOfRule } from './recurrence.ts';
import { parseRule } from './rule-text.ts';

/** The four ways to write a shift; one shift uses one. */
const FORMS = {
  always: { needs: ['person'], may: ['always'] },
  rotation: {
    needs: ['rotation', 'each', 'handover', 'starting'],
    may: ['days', 'from', 'to', 'exceptHolidays'],
  },
  start: { needs: ['person', 'start', 'end'], may: ['rule', 'exceptHolidays'] },
  from: { needs: ['person', 'from', 'to'], may: ['days', 'exceptHolidays'] },
} as const;

export type ShiftForm = keyof typeof FORMS;

export function shiftForm(shift: JsonObject): ShiftForm | null {
  if (shift['always'] === true) return 'always';
  if (shift['rotation'] !== undefined) return 'rotation';
  if (['start', 'end', 'rule'].some((member) => shift[member] !== undefined)) return 'start';
  if (['from', 'to', 'days'].some((member) => shift[member] !== undefined)) return 'from';
  return null;
}

export interface ShiftContext {
  readonly zone: string;
  readonly holidays: readonly string[];
}

/** What is wrong with one shift, its people aside. */
export function shiftFindings(
  shift: JsonObject,
  path: Path,
  context: ShiftContext,
): readonly Finding[] {
  const form = shiftForm(shift);
  if (form === null) {
    const problem = 'a shift is always on, or has from and to';
    const remedy = 'Write `always: true`, or hours such as from: "08:00", or start, or rotation.';
    return [{ path, code: 'incomplete', problem, allowed: Object.keys(FORMS), remedy }];
  }
  const shape = membersFindings(shift, form, path);
  if (shape.length > 0) return shape;
  const zone: readonly Finding[] =
    form === 'always' || context.zone !== ''
      ? []
      : [
          {
            path,
            code: 'incomplete',
            problem: 'hours need a time zone',
            remedy: 'Name the zone of the roster.',
          },
        ];
  const holidays = holidayFindings(shift, path, context);
  return [
    ...zone,
    ...holidays,
    ...hoursFindings(shift, path),
    ...ownFindings(shift, form, path, context),
  ];
}

function ownFindings(
  shift: JsonObject,
  form: ShiftForm,
  path: Path,
  context: ShiftContext,
): readonly Finding[] {
  if (form === 'start') return startFindings(shift, path, context.zone);
  return form === 'rotation' ? rotationFindings(shift, path) : [];
}

function membersFindings(shift: JsonObject, form: ShiftForm, path: Path): readonly Finding[] {
  const { needs, may } = FORMS[form];
  const allowed: readonly string[] = [...needs, ...may];
  const strange = Object.keys(shift).filter((member) => !allowed.includes(member));
  const lacking = needs.filter((member) => shift[member] === undefined);
  return [
    ...strange.map((member): Finding => {
      const problem =
        form === 'always'
          ? `a shift that is always on has no hours: ${member}`
          : `${member} does not go with ${form}`;
      const remedy = 'Write a shift in one way.';
      return { path: [...path, member], code: 'contradiction', problem, allowed, remedy };
    }),
    ...lacking.map((member): Finding => {
      const problem = `${member} is missing: it goes with ${form}`;
      return { path, code: 'missing', problem, allowed, remedy: `Add ${member}.` };
    }),
  ];
}

function holidayFindings(
  shift: JsonObject,
  path: Path,
  { holidays }: ShiftContext,
): readonly Finding[] {
  const where = text(shift['exceptHolidays']);
  if (where === '' || holidays.includes(where)) return [];
  const problem = `there are no holidays of ${where}`;
  const remedy = 'List them under holidays, or name others.';
  const at = [...path, 'exceptHolidays'];
  return [{ path: at, code: 'unknown-name', problem, allowed: holidays, remedy }];
}

function hoursFindings(shift: JsonObject, path: Path): readonly Finding[] {
  const { from, to } = shift;
  const findings: Finding[] = [];
  if (from !== undefined && from === to) {
    const problem = 'a shift that ends when it begins has no length';
    const remedy = 'Write `always: true` for the whole day.';
    findings.push({ path: [...path, 'to'], code: 'impossible', problem, remedy });
  }
  if ((from === undefined) !== (to === undefined)) {
    const problem = 'from and to belong together';
    findings.push({ path, code: 'incomplete', problem, remedy: 'Write both, or none.' });
  }
  return findings;
}

/** A day that the calendar does not have is read as another one by some programs, so it is refused. */
export function isDate(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return Number.isFinite(ms) && dateOf(ms / DAY_MS) === date;
}

export function dateFinding(path: Path, date: string): readonly Finding[] {
  if (isDate(date)) return [];
  const problem = `there is no day ${date.slice(0, 40)}`;
  return [{ path, code: 'calendar', problem, remedy: 'Write a date such as 2026-12-25.' }];
}

/** From wall time to wall time. */
export function wallLengthMs(shift: JsonObject): number {
  return Date.parse(`${text(shift['end'])}Z`) - Date.parse(`${text(shift['start'])}Z`);
}

function startFindings(shift: JsonObject, path: Path, zone: string): readonly Finding[] {
  const [start, end] = [text(shift['start']), text(shift['end'])];
  const dates = [
    ...dateFinding([...path, 'start'], start.slice(0, 10)),
    ...dateFinding([...path, 'end'], end.slice(0, 10)),
  ];
  if (dates.length > 0) return dates;
  const lengthMs = wallLengthMs(shift);
  if (lengthMs <= 0 || lengthMs > LIMITS.shiftMsMax) {
    const problem =
      lengthMs <= 0 ? 'the shift ends before it begins' : 'the shift lasts longer than 400 days';
    const remedy = 'end is when the first one ends; the rule says how it goes on.';
    return [{ path: [...path, 'end'], code: 'impossible', problem, remedy }];
  }
  if (shift['exceptHolidays'] !== undefined && lengthMs > DAY_MS) return [longHoliday(path)];
  return shift['rule'] === undefined ? [] : ruleFindings(text(shift['rule']), start, zone, path);
}

function longHoliday(path: Path): Finding {
  const problem = 'a shift of more than a day would be left out whole when it begins on a holiday';
  const remedy = 'Leave exceptHolidays out, or write shifts of hours.';
  return { path: [...path, 'exceptHolidays'], code: 'contradiction', problem, remedy };
}

function ruleFindings(rule: string, start: string, zone: string, path: Path): readonly Finding[] {
  const at = [...path, 'rule'];
  // A zone that does not exist has a finding of its own.
  const parsed = parseRule(rule, zone === '' ? 'UTC' : zone);
  if (!parsed.ok) return [{ path: at, code: 'form', ...parsed.refusal }];
  const day = dayOf(start.slice(0, 10));
  if (daysOfRule(parsed.value, day, day, day + 1).length === 1) return [];
  const problem = `the rule does not give the first day, ${start.slice(0, 10)}`;
  const remedy = 'Begin on a day of the rule: some programs would count this day and some not.';
  return [{ path: at, code: 'contradiction', problem, remedy }];
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export interface Turns {
  readonly people: readonly string[];
  readonly eachDays: number;
  /** Null = a turn may end on any day. */
  readonly weekday: number | null;
  readonly time: string;
  readonly startDay: number;
}

export function turnsOf(shift: JsonObject): Turns {
  const handover = text(shift['handover']);
  const weekday = WEEKDAYS.indexOf(handover.slice(0, 3)) + 1;
  return {
    people: texts(shift['rotation']),
    eachDays: Math.round((durationMs(shift['each']) ?? 0) / DAY_MS),
    weekday: weekday === 0 ? null : weekday,
    time: handover.slice(-5),
    startDay: dayOf(text(shift['starting'])),
  };
}

function rotationFindings(shift: JsonObject, path: Path): readonly Finding[] {
  const wrongDate = dateFinding([...path, 'starting'], text(shift['starting']));
  if (wrongDate.length > 0) return wrongDate;
  const findings: Finding[] = [];
  const add = (member: string, problem: string, remedy: string): void => {
    findings.push({ path: [...path, member], code: 'contradiction', problem, remedy });
  };
  const { people, eachDays, weekday, startDay } = turnsOf(shift);
  const inWeeks = eachDays > 0 && eachDays % 7 === 0;
  if (eachDays === 0) add('each', 'a turn of no length never ends', 'Write P1D or P1W.');
  if (eachDays * people.length > LIMITS.recurrenceIntervalMax) {
    add('rotation', 'the turns of all take longer than 1,000 days', 'Make turns shorter.');
  }
  if (inWeeks && weekday === null) {
    add('handover', 'turns of weeks end on a weekday', 'Write it, such as "mon 09:00".');
  }
  if (!inWeeks && weekday !== null) {
    add('handover', 'turns of days end on every weekday in turn', 'Write the time alone.');
  }
  const begins = WEEKDAYS[weekdayOf(startDay) - 1] ?? '';
  if (inWeeks && weekday !== null && weekdayOf(startDay) !== weekday) {
    const next = dateOf(startDay + ((weekday - weekdayOf(startDay) + 7) % 7));
    const named = WEEKDAYS[weekday - 1] ?? '';
    add('starting', `the first turn begins on a ${begins} and not on a ${named}`, `Write ${next}.`);
  }
  if (shift['from'] === undefined && shift['days'] !== undefined) {
    add('days', 'a turn without hours has every day', 'Write from and to, or leave days out.');
  }
  if (shift['from'] === undefined && shift['exceptHolidays'] !== undefined) {
    findings.push(longHoliday(path));
  }
  return findings;
}
