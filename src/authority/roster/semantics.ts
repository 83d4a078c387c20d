import { type JsonObject, nearest } from '../../kernel/index.ts';
import type { Finding, Path } from '../charter/finding.ts';
import {
  durationMs,
  instantMs,
  items,
  members,
  optionalText,
  text,
  texts,
} from '../charter/reading.ts';
import { zoneFinding } from '../charter/seat-semantics.ts';
import { dateFinding, shiftFindings } from './shift-form.ts';
import { looksSecret } from './sources.ts';

/** Names that the file declares. Sets: a file may have 100,000 people. */
interface Known {
  readonly people: ReadonlySet<string>;
  readonly rosters: ReadonlySet<string>;
  readonly holidays: ReadonlySet<string>;
  /** Rosters that a calendar fills. */
  readonly synced: ReadonlySet<string>;
}

/** What the file means, when its form is right. */
export function meaningFindings(document: JsonObject): readonly Finding[] {
  const names = (section: string): ReadonlySet<string> =>
    new Set(Object.keys(members(document[section])));
  const sources = Object.values(members(document['sources']));
  const known = {
    people: names('people'),
    rosters: names('rosters'),
    holidays: names('holidays'),
    synced: new Set(sources.map((source) => text(members(source)['roster']))),
  };
  return [
    ...peopleFindings(document, known),
    ...teamFindings(document, known),
    ...rosterFindings(document, known),
    ...absenceFindings(document, known),
    ...holidayFindings(document),
    ...overrideFindings(document, known),
    ...sourceFindings(document, known),
  ];
}

/** Candidates that a long list of names would hide. */
const ALLOWED_MAX = 20;

function unknownName(
  what: string,
  name: string,
  known: ReadonlySet<string>,
  path: Path,
): readonly Finding[] {
  if (known.has(name)) return [];
  const few = known.size <= ALLOWED_MAX ? [...known] : [];
  const meant = nearest(name, few);
  return [
    {
      path,
      code: 'unknown-name',
      problem: `there is no ${what} ${name}`,
      allowed: few,
      remedy:
        meant === undefined ? `Add the ${what}, or correct the name.` : `Did you mean ${meant}?`,
    },
  ];
}

function peopleFindings(document: JsonObject, known: Known): readonly Finding[] {
  const managers = new Map<string, string>();
  const findings: Finding[] = [];
  for (const [id, value] of Object.entries(members(document['people']))) {
    const person = members(value);
    const path: Path = ['people', id];
    const manager = optionalText(person['manager']);
    if (manager !== null) {
      findings.push(...unknownName('person', manager, known.people, [...path, 'manager']));
      managers.set(id, manager);
    }
    findings.push(...reachFindings(person, path));
  }
  return [...findings, ...managerCircles(managers)];
}

function reachFindings(person: JsonObject, path: Path): readonly Finding[] {
  const seen = new Set<string>();
  return items(person['reach']).flatMap((item, at): readonly Finding[] => {
    const way = typeof item === 'string' ? item : text(members(item)['channel']);
    if (!seen.has(way)) {
      seen.add(way);
      return [];
    }
    const problem = `${way} stands here twice`;
    const remedy = 'Keep one: a message goes out once on each channel.';
    return [{ path: [...path, 'reach', at], code: 'repeated', problem, remedy }];
  });
}

/** Each person is walked through once: who has been seen leads nowhere new. */
function managerCircles(managers: ReadonlyMap<string, string>): readonly Finding[] {
  const settled = new Set<string>();
  const findings: Finding[] = [];
  for (const start of managers.keys()) {
    const walked = new Set<string>();
    let person: string | undefined = start;
    while (person !== undefined && !settled.has(person) && !walked.has(person)) {
      walked.add(person);
      person = managers.get(person);
    }
    if (person !== undefined && walked.has(person)) {
      const walk = [...walked];
      const circle = [...walk.slice(walk.indexOf(person)), person].slice(0, 10);
      const problem = `managers go in a circle: ${circle.join(' > ')}`;
      const remedy = 'Somebody at the top has no manager.';
      findings.push({ path: ['people', person, 'manager'], code: 'cycle', problem, remedy });
    }
    for (const one of walked) settled.add(one);
  }
  return findings;
}

function teamFindings(document: JsonObject, known: Known): readonly Finding[] {
  return Object.entries(members(document['teams'])).flatMap(([name, value]) =>
    texts(members(value)['members']).flatMap((person, at) =>
      unknownName('person', person, known.people, ['teams', name, 'members', at]),
    ),
  );
}

function rosterFindings(document: JsonObject, known: Known): readonly Finding[] {
  const context = { holidays: [...known.holidays] };
  return Object.entries(members(document['rosters'])).flatMap(([name, value]) => {
    const roster = members(value);
    const zone = text(roster['zone']);
    const shifts = items(roster['shifts']).flatMap((item, at) => {
      const path: Path = ['rosters', name, 'shifts', at];
      const shift = members(item);
      const person = optionalText(shift['person']);
      return [
        ...(person === null
          ? []
          : unknownName('person', person, known.people, [...path, 'person'])),
        ...texts(shift['rotation']).flatMap((one, turn) =>
          unknownName('person', one, known.people, [...path, 'rotation', turn]),
        ),
        ...shiftFindings(shift, path, { ...context, zone }),
      ];
    });
    const zones = zone === '' ? [] : zoneFinding(['rosters', name, 'zone'], zone);
    if (roster['shifts'] !== undefined || known.synced.has(name)) return [...zones, ...shifts];
    const problem = `nobody can ever be on duty in ${name}`;
    const remedy = 'Add shifts, or a source that fills it.';
    return [...zones, { path: ['rosters', name], code: 'nobody' as const, problem, remedy }];
  });
}

function orderFindings(value: JsonObject, what: string, path: Path): readonly Finding[] {
  const [fromMs, untilMs] = [Date.parse(text(value['from'])), Date.parse(text(value['until']))];
  const wrong = [fromMs, untilMs].findIndex((ms) => !Number.isFinite(ms));
  if (wrong >= 0) {
    const at = [...path, wrong === 0 ? 'from' : 'until'];
    return [
      { path: at, code: 'calendar', problem: 'there is no such time', remedy: 'Correct it.' },
    ];
  }
  if (fromMs < untilMs) return [];
  const problem = `the ${what} ends before it begins`;
  return [
    { path: [...path, 'until'], code: 'impossible', problem, remedy: 'Swap from and until.' },
  ];
}

function absenceFindings(document: JsonObject, known: Known): readonly Finding[] {
  return items(document['absences']).flatMap((item, at) => {
    const path: Path = ['absences', at];
    const absence = members(item);
    return [
      ...unknownName('person', text(absence['person']), known.people, [...path, 'person']),
      ...orderFindings(absence, 'absence', path),
    ];
  });
}

function holidayFindings(document: JsonObject): readonly Finding[] {
  return Object.entries(members(document['holidays'])).flatMap(([where, days]) =>
    Object.keys(members(days)).flatMap((date) => dateFinding(['holidays', where, date], date)),
  );
}

function overrideFindings(document: JsonObject, known: Known): readonly Finding[] {
  const begun = new Map<string, number>();
  return items(document['overrides']).flatMap((item, at) => {
    const path: Path = ['overrides', at];
    const override = members(item);
    const [roster, person] = [text(override['roster']), text(override['person'])];
    const replaces = optionalText(override['replaces']);
    const findings = [
      ...unknownName('roster', roster, known.rosters, [...path, 'roster']),
      ...unknownName('person', person, known.people, [...path, 'person']),
      ...(replaces === null
        ? []
        : unknownName('person', replaces, known.people, [...path, 'replaces'])),
      ...orderFindings(override, 'override', path),
    ];
    if (findings.length > 0) return findings;
    if (person === replaces) {
      const problem = `${person} cannot take over from ${person}`;
      const remedy = 'Name who takes over and whom they replace.';
      return [{ path: [...path, 'replaces'], code: 'contradiction' as const, problem, remedy }];
    }
    const key = `${roster} ${replaces ?? ''} ${instantMs(override['from'])}`;
    const before = begun.get(key);
    begun.set(key, at);
    if (before === undefined) return [];
    const problem = `overrides[${before}] and this one begin at the same time, so neither began last`;
    const remedy = 'Remove one, or let one begin later: the last that began wins.';
    return [{ path, code: 'overlap' as const, problem, remedy }];
  });
}

const ICAL = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*|https:\/\/\S+|(?!\w+:)\S.*\.ics)$/u;

function sourceFindings(document: JsonObject, known: Known): readonly Finding[] {
  return Object.entries(members(document['sources'])).flatMap(([name, value]) => {
    const path: Path = ['sources', name];
    const source = members(value);
    const zones = Object.entries(members(source['zones']));
    const zone = optionalText(source['zone']);
    return [
      ...icalFindings(text(source['ical']), [...path, 'ical']),
      ...unknownName('roster', text(source['roster']), known.rosters, [...path, 'roster']),
      ...Object.entries(members(source['people'])).flatMap(([called, person]) =>
        unknownName('person', text(person), known.people, [...path, 'people', called]),
      ),
      ...(zone === null ? [] : zoneFinding([...path, 'zone'], zone)),
      ...zones.flatMap(([called, meant]) => zoneFinding([...path, 'zones', called], text(meant))),
      ...['maxAge', 'every'].flatMap((member) => spanFindings(source, member, path)),
    ];
  });
}

function spanFindings(source: JsonObject, member: string, path: Path): readonly Finding[] {
  if (source[member] === undefined || (durationMs(source[member]) ?? 0) >= 60_000) return [];
  const problem = `${member} is shorter than a minute`;
  const remedy = 'Write PT15M or longer.';
  return [{ path: [...path, member], code: 'impossible', problem, remedy }];
}

function icalFindings(ical: string, path: Path): readonly Finding[] {
  const allowed = ['./file.ics', 'https://...', 'env:NAME', 'file:PATH'];
  if (!ICAL.test(ical)) {
    const problem = 'a calendar is a file, an https address, or a reference to an address';
    return [{ path, code: 'form', problem, allowed, remedy: 'Write it in one of these ways.' }];
  }
  if (!ical.startsWith('https://') || !looksSecret(ical)) return [];
  const problem = 'whoever has this address can read the calendar: it is a secret';
  const remedy = 'Put the address into a variable or a file, and write env:NAME or file:PATH here.';
  return [{ path, code: 'contradiction', problem, allowed, remedy }];
}
