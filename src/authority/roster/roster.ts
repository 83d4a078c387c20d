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
    path: ['people', person, 'reach'],
    code: 'unknown-name',
    problem: `${person} is reached by ${channel}, which the charter does not declare`,
    allowed: [...charter.channels.keys()],
    remedy: 'Declare it under channels of the charter, or name another.',
  }));
}

/** Every roster that a seat names has to be there: a seat that can never be filled is a hole. */
export function checkRosterFits(charter: Charter, roster: Roster): void {
  const findings = [...charter.seats].flatMap(([name, seat]) =>
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
  const all = [...findings, ...reachFindings(charter, roster)];
  if (all.length > 0) throw charterInvalid(refuse(null, all));
}
