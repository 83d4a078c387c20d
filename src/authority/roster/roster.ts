import { LIMITS } from '../../kernel/index.ts';
import {
  charterInvalid,
  checkForm,
  type Finding,
  readDocument,
  refuse,
} from '../charter/document.ts';
import type { Charter } from '../charter/model.ts';
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
