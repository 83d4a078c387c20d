import { type JsonObject } from '../../kernel/index.ts';
import type { Charter } from './model.ts';
import type { Finding, Path } from './document.ts';
import { unknownName } from './names.ts';
import { circlesOf, circleText } from './overlap.ts';
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
  const problem = `there is no time zone ${zone}`;
  return [{ path, code: 'unknown-name', problem, remedy }];
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

function seatOf(document: JsonObject, charter: Charter, name: string): readonly Finding[] {
  const seat = members(members(document['seats'])[name]);
  const path: Path = ['seats', name];
  const findings: Finding[] = [...shapeFindings(seat, path)];
  const party = text(seat['party']);
  if (party !== '' && !charter.parties.has(party)) {
    findings.push(unknownName([...path, 'party'], 'party', party, [...charter.parties.keys()]));
  }
  const orElse = text(seat['orElse']);
  if (orElse !== '' && !charter.seats.has(orElse)) {
    findings.push(unknownName([...path, 'orElse'], 'seat', orElse, [...charter.seats.keys()]));
  }
  for (const [at, item] of items(seat['follow-the-sun']).entries()) {
    const leg = members(item);
    findings.push(...zoneFinding([...path, 'follow-the-sun', at, 'zone'], text(leg['zone'])));
    if (leg['from'] === leg['to']) {
      const problem = 'a leg that ends when it begins has no length';
      const remedy = 'Use a roster that is always on, or name other hours.';
      const at_ = [...path, 'follow-the-sun', at, 'to'];
      findings.push({ path: at_, code: 'impossible', problem, remedy });
    }
  }
  if (seat['by'] !== 'jurisdiction') return findings;
  const codes = new Set(charter.jurisdictions);
  for (const code of Object.keys(members(seat['roster']))) {
    if (codes.has(code)) continue;
    const at = [...path, 'roster', code];
    findings.push(unknownName(at, 'jurisdiction', code, charter.jurisdictions));
  }
  return findings;
}

export function seatFindings(document: JsonObject, charter: Charter): readonly Finding[] {
  const names = [...charter.seats.keys()];
  const next = (name: string): readonly string[] => {
    const seat = charter.seats.get(name);
    const then = seat !== undefined && 'orElse' in seat ? seat.orElse : null;
    return then === null ? [] : [then];
  };
  const circles = circlesOf(names, next).map((circle): Finding => {
    const problem = `orElse goes in a circle: ${circleText(circle)}`;
    const path = ['seats', circle[0] ?? '', 'orElse'];
    return { path, code: 'cycle', problem, remedy: 'End it in a roster.' };
  });
  const zones = [...charter.jurisdictionFacts].flatMap(([code, { zone }]) =>
    zoneFinding(['jurisdictions', code, 'zone'], zone),
  );
  return [...names.flatMap((name) => seatOf(document, charter, name)), ...circles, ...zones];
}
