import { type JsonObject } from '../../kernel/index.ts';
import type { Charter } from './model.ts';
import type { Finding, Path } from './document.ts';
import { cycleFrom } from './overlap.ts';
import { items, members, text } from './reading.ts';

/** The ways to fill a seat; one seat uses one. */
const FORMS = {
  'follow-the-sun': ['follow-the-sun', 'otherwise', 'overlap'],
  from: ['from', 'orElse'],
  by: ['by', 'roster', 'orElse'],
  roster: ['roster', 'party'],
} as const;

function formOf(seat: JsonObject): keyof typeof FORMS | null {
  const forms = ['follow-the-sun', 'from', 'by', 'roster'] as const;
  return forms.find((form) => seat[form] !== undefined) ?? null;
}

export function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

export function zoneFinding(path: Path, zone: string): readonly Finding[] {
  if (isZone(zone)) return [];
  const remedy = 'Use a name of the IANA time zone database, such as Europe/Berlin.';
  return [{ path, problem: `there is no time zone ${zone}`, remedy }];
}

function shapeFindings(seat: JsonObject, path: Path): readonly Finding[] {
  const form = formOf(seat);
  if (form === null) {
    const problem = 'the seat does not say how it is filled';
    const remedy = 'Name a roster, or follow-the-sun, by or from.';
    return [{ path, problem, allowed: Object.keys(FORMS), remedy }];
  }
  const known: readonly string[] = FORMS[form];
  const findings: Finding[] = Object.keys(seat)
    .filter((member) => !known.includes(member))
    .map((member) => ({
      path: [...path, member],
      problem: `${member} does not go with ${form}`,
      allowed: known,
      remedy: 'Fill a seat in one way.',
    }));
  const isTable = typeof seat['roster'] === 'object';
  if (seat['roster'] !== undefined && isTable !== (form === 'by')) {
    const problem = form === 'by' ? 'by needs a roster for each' : 'one roster is wanted here';
    findings.push({ path: [...path, 'roster'], problem, remedy: 'See the worked example.' });
  }
  return findings;
}

export function seatFindings(document: JsonObject, charter: Charter): readonly Finding[] {
  const seats = members(document['seats']);
  const parties = Object.keys(members(document['parties']));
  const findings: Finding[] = [];
  for (const [name, value] of Object.entries(seats)) {
    const seat = members(value);
    const path: Path = ['seats', name];
    findings.push(...shapeFindings(seat, path));
    const party = text(seat['party']);
    if (party !== '' && !parties.includes(party)) {
      const problem = `there is no party ${party}`;
      const remedy = 'Declare it under parties.';
      findings.push({ path: [...path, 'party'], problem, allowed: parties, remedy });
    }
    const orElse = text(seat['orElse']);
    if (orElse !== '' && seats[orElse] === undefined) {
      const problem = `there is no seat ${orElse}`;
      const remedy = 'Name a seat that is declared.';
      findings.push({ path: [...path, 'orElse'], problem, allowed: Object.keys(seats), remedy });
    }
    for (const [at, item] of items(seat['follow-the-sun']).entries()) {
      const leg = members(item);
      findings.push(...zoneFinding([...path, 'follow-the-sun', at, 'zone'], text(leg['zone'])));
      if (leg['from'] === leg['to']) {
        const problem = 'a leg that ends when it begins has no length';
        const remedy = 'Use a roster that is always on, or name other hours.';
        findings.push({ path: [...path, 'follow-the-sun', at, 'to'], problem, remedy });
      }
    }
    if (seat['by'] === 'jurisdiction') {
      for (const code of Object.keys(members(seat['roster']))) {
        if (charter.jurisdictions.includes(code)) continue;
        const problem = `there is no jurisdiction ${code}`;
        const allowed = charter.jurisdictions;
        const remedy = 'Declare it under jurisdictions.';
        findings.push({ path: [...path, 'roster', code], problem, allowed, remedy });
      }
    }
    const next = (seatName: string): readonly string[] => {
      const then = text(members(seats[seatName])['orElse']);
      return then === '' ? [] : [then];
    };
    const cycle = cycleFrom(name, next);
    if (cycle !== null && cycle[0] === name) {
      const problem = `orElse goes in a circle: ${cycle.join(' > ')}`;
      findings.push({ path: [...path, 'orElse'], problem, remedy: 'End it in a roster.' });
    }
  }
  for (const [code, value] of Object.entries(members(document['jurisdictions']))) {
    const path: Path = ['jurisdictions', code, 'zone'];
    findings.push(...zoneFinding(path, text(members(value)['zone'])));
  }
  return findings;
}
