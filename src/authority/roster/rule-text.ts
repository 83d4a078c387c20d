import { LIMITS } from '../../kernel/index.ts';
import { DAY_MS, instantOf } from './days.ts';
import type { RecurrenceRule } from './model.ts';

/** Why a text was not understood, and what would be. */
export interface Refusal {
  readonly problem: string;
  readonly allowed: readonly string[];
  readonly remedy: string;
}

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: Refusal };

const PARTS = ['FREQ', 'INTERVAL', 'BYDAY', 'COUNT', 'UNTIL', 'WKST'];
const FREQUENCIES = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month' } as const;
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

class Misread extends Error {
  readonly refusal: Refusal;
  constructor(problem: string, remedy: string, allowed: readonly string[] = []) {
    super(problem);
    this.refusal = { problem, allowed, remedy };
  }
}

/** A recurrence rule of RFC 5545, as far as on-call products export them; what is not supported is refused. */
export function parseRule(text: string, zone: string): Parsed<RecurrenceRule> {
  try {
    return { ok: true, value: ruleOf(partsOf(text), zone) };
  } catch (error) {
    if (!(error instanceof Misread)) throw error;
    return { ok: false, refusal: error.refusal };
  }
}

function partsOf(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.replace(/^RRULE:/iu, '').split(';')) {
    const [name = '', value = '', ...more] = part.toUpperCase().split('=');
    if (value === '' || more.length > 0) {
      throw new Misread(
        `${shown(part)} is not a part of a rule`,
        'Write NAME=VALUE parts with ; between.',
        PARTS,
      );
    }
    if (!PARTS.includes(name)) {
      throw new Misread(
        `${shown(name)} is not supported in a rule`,
        'Write it with the parts allowed, or as several shifts.',
        PARTS,
      );
    }
    if (parts.has(name)) throw new Misread(`${name} stands twice in the rule`, 'Keep one of them.');
    parts.set(name, value);
  }
  return parts;
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function ruleOf(parts: ReadonlyMap<string, string>, zone: string): RecurrenceRule {
  const every = frequencyOf(parts.get('FREQ') ?? '');
  if (parts.has('COUNT') && parts.has('UNTIL')) {
    throw new Misread('a rule ends by COUNT or by UNTIL, not by both', 'Keep one of them.');
  }
  const until = parts.get('UNTIL');
  return {
    every,
    interval: numberOf(parts, 'INTERVAL', LIMITS.recurrenceIntervalMax) ?? 1,
    on: (parts.get('BYDAY')?.split(',') ?? []).map((day) => weekdayOf(day, every)),
    count: numberOf(parts, 'COUNT', LIMITS.recurrenceCountMax),
    untilMs: until === undefined ? null : untilOf(until, zone),
    weekStart: weekdayOf(parts.get('WKST') ?? 'MO', 'week').weekday,
  };
}

function frequencyOf(text: string): RecurrenceRule['every'] {
  const found = Object.entries(FREQUENCIES).find(([name]) => name === text);
  if (found !== undefined) return found[1];
  const problem =
    text === '' ? 'the rule does not say FREQ' : `FREQ=${shown(text)} is not supported`;
  throw new Misread(problem, 'Use one of the frequencies allowed.', Object.keys(FREQUENCIES));
}

function numberOf(parts: ReadonlyMap<string, string>, name: string, max: number): number | null {
  const text = parts.get(name);
  if (text === undefined) return null;
  const value = /^\d{1,9}$/u.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new Misread(
    `${name}=${shown(text)} is not a number from 1 to ${max}`,
    'Write such a number.',
  );
}

const DAY = /^(?<nth>[+-]?\d{1,2})?(?<day>MO|TU|WE|TH|FR|SA|SU)$/u;

function weekdayOf(text: string, every: RecurrenceRule['every']): RecurrenceRule['on'][number] {
  const groups = DAY.exec(text)?.groups;
  if (groups === undefined) {
    throw new Misread(
      `${shown(text)} is not a weekday of a rule`,
      'Use the weekdays allowed.',
      WEEKDAYS,
    );
  }
  const weekday = WEEKDAYS.indexOf(groups['day'] ?? '') + 1;
  if (groups['nth'] === undefined) return { weekday, nth: null };
  const nth = Number(groups['nth']);
  if (every !== 'month' || nth === 0 || Math.abs(nth) > 5) {
    throw new Misread(
      `${shown(text)} counts weekdays of a month`,
      'Use -5 to 5, not 0, and FREQ=MONTHLY; or leave the number out.',
    );
  }
  return { weekday, nth };
}

const UNTIL = /^(?<date>\d{8})(?:T(?<time>\d{6})(?<utc>Z)?)?$/u;

/** The last instant at which one may begin: of a date, the whole day. */
function untilOf(text: string, zone: string): number {
  const groups = UNTIL.exec(text)?.groups;
  const wallMs = wallMsOf(groups?.['date'] ?? '', groups?.['time'] ?? '000000');
  if (groups === undefined || wallMs === null) {
    throw new Misread(`UNTIL=${shown(text)} is not a date`, 'Write 20271231 or 20271231T235959Z.');
  }
  if (groups['time'] === undefined) return instantOf(zone, wallMs + DAY_MS) - 1;
  return groups['utc'] === undefined ? instantOf(zone, wallMs) : wallMs;
}

/** `20261102`, `090000` -> wall time as if the wall hung in UTC; null when there is no such date. */
export function wallMsOf(date: string, time: string): number | null {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)];
  const [hour, minute, second] = [time.slice(0, 2), time.slice(2, 4), time.slice(4, 6)];
  const iso = `${year}-${month}-${day}`;
  // A leap second is the second before.
  const ms = Date.parse(`${iso}T${hour}:${minute}:${second === '60' ? '59' : second}Z`);
  const isReal = Number.isFinite(ms) && new Date(ms).toISOString().startsWith(iso);
  return isReal && Number(year) >= 1970 && Number(year) <= 2200 ? ms : null;
}
