import { LIMITS } from '../../kernel/index.ts';
import {
  charterInvalid,
  checkForm,
  type Finding,
  readDocument,
  refuse,
} from '../charter/document.ts';
import type { Charter, Seat } from '../charter/model.ts';
import type { CharterProblem } from '../model.ts';
import type { Roster } from './model.ts';
import { normaliseRoster } from './normalise.ts';
import { ROSTER_SECTIONS } from './schema.ts';
import { meaningFindings } from './semantics.ts';

export type RosterCheck =
  | { readonly ok: true; readonly roster: Roster }
  | { readonly ok: false; readonly problems: readonly CharterProblem[] };

export function checkRoster(source: string): RosterCheck {
  const read = readDocument(source, LIMITS.rosterBytesMax);
  if (!read.ok) return read;
  const { document } = read;
  const form = checkForm(document.value, ROSTER_SECTIONS);
  const findings = form.length > 0 ? form : meaningFindings(document.value);
  if (findings.length > 0) return { ok: false, problems: refuse(document, findings) };
  return { ok: true, roster: normaliseRoster(document.value) };
}

export function loadRoster(source: string): Roster {
  const check = checkRoster(source);
  if (!check.ok) throw charterInvalid(check.problems);
  return check.roster;
}

function rostersOf(seat: Seat): readonly string[] {
  switch (seat.fill) {
    case 'roster':
      return [seat.roster];
    case 'sun': {
      const otherwise = seat.otherwise === null ? [] : [seat.otherwise];
      return [...seat.legs.map((leg) => leg.roster), ...otherwise];
    }
    case 'jurisdiction':
      return [...seat.rosters.values()];
    case 'owner':
      return [];
  }
}

/** A way to reach somebody that the charter does not know would never be used, and nobody would notice. */
function reachFindings(charter: Charter, roster: Roster): readonly Finding[] {
  if (charter.channels.size === 0) return [];
  const unknown = new Map<string, string>();
  for (const { id, reach } of roster.people.values()) {
    for (const { channel } of reach) {
      if (!charter.channels.has(channel) && !unknown.has(channel)) unknown.set(channel, id);
    }
  }
  return [...unknown].map(([channel, person]) => ({
    path: ['channels'],
    code: 'unknown-name',
    problem: `the roster reaches ${person} by ${channel}, which the charter does not declare`,
    allowed: [...charter.channels.keys()],
    remedy: 'Declare it under channels of the charter, or name another in the roster.',
  }));
}

/** Every roster that a seat names has to be there: a seat that can never be filled is a hole. */
function seatFindings(charter: Charter, roster: Roster): readonly Finding[] {
  return [...charter.seats].flatMap(([name, seat]) =>
    rostersOf(seat)
      .filter((wanted) => !roster.rosters.has(wanted))
      .map((missing): Finding => ({
        path: ['seats', name],
        code: 'unknown-name',
        problem: `seat ${name} is filled from roster ${missing}, which the roster file does not have`,
        allowed: [...roster.rosters.keys()],
        remedy: 'Add it to the roster file, or name another.',
      })),
  );
}

/** Working days are counted without holidays: with none listed the clock would run out later than the law says. */
function clockFindings(charter: Charter, roster: Roster): readonly Finding[] {
  const calendarOf = (regulator: string): string | undefined =>
    [...charter.jurisdictionFacts].find(([, { regulators }]) =>
      regulators.includes(regulator),
    )?.[0];
  return charter.rights.flatMap(({ clock }, at) =>
    [...(clock?.due ?? [])].flatMap(([regulator, due]): readonly Finding[] => {
      const where = calendarOf(regulator);
      if (!('businessDays' in due) || where === undefined || roster.holidays.has(where)) return [];
      return [
        {
          path: ['rights', at, 'clock', 'due', regulator],
          code: 'calendar',
          problem: `working days of ${regulator} are those of ${where}, and the roster lists no holidays of ${where}`,
          allowed: [...roster.holidays.keys()],
          remedy: `List them under holidays of the roster (${where}: {} when there are none), or write elapsed time such as P6D.`,
        },
      ];
    }),
  );
}

/** What of the charter this roster cannot do. With the text of the charter its lines are known. */
export function rosterMisfits(
  charter: Charter,
  roster: Roster,
  text?: string,
): readonly CharterProblem[] {
  const findings = [
    ...seatFindings(charter, roster),
    ...reachFindings(charter, roster),
    ...clockFindings(charter, roster),
  ];
  if (findings.length === 0) return [];
  const read = text === undefined ? null : readDocument(text);
  return refuse(read?.ok === true ? read.document : null, findings);
}

export function checkRosterFits(charter: Charter, roster: Roster, text?: string): void {
  const problems = rosterMisfits(charter, roster, text);
  if (problems.length > 0) throw charterInvalid(problems);
}
