import { GUARANTEES, isAtLeast, type JsonObject, LIMITS } from '../../kernel/index.ts';
import type { Charter, Mandate, Right } from './model.ts';
import type { Finding, Path } from './document.ts';
import { DECISION_KINDS } from '../model.ts';
import { cycleFrom, unresolvedOverlaps } from './overlap.ts';
import { items, members, text, texts } from './reading.ts';
import { seatFindings } from './seat-semantics.ts';

// What a charter of the right form may still not say.

type Document = JsonObject;

function named(document: Document, section: string): readonly string[] {
  return Object.keys(members(document[section]));
}

export function unknownName(
  path: Path,
  word: string,
  name: string,
  allowed: readonly string[],
): Finding {
  return {
    path,
    problem: `there is no ${word} ${name}`,
    allowed,
    remedy: `Use a ${word} that is declared, or declare it.`,
  };
}

function repeatedIds(document: Document, section: string): readonly Finding[] {
  const seen = new Set<string>();
  const findings: Finding[] = [];
  for (const [index, item] of items(document[section]).entries()) {
    const id = text(members(item)['id']);
    if (seen.has(id)) {
      const problem = `${section} has ${id} twice`;
      findings.push({ path: [section, index, 'id'], problem, remedy: 'Give each its own id.' });
    }
    seen.add(id);
  }
  return findings;
}

/** Every place where a right names a seat. */
function seatsNamed(right: JsonObject, path: Path): readonly (readonly [Path, string])[] {
  const list = (member: string, inner: string): (readonly [Path, string])[] =>
    texts(members(right[member])[inner]).map((seat, at) => [[...path, member, inner, at], seat]);
  const entries = (member: string): (readonly [Path, string])[] =>
    items(right[member]).flatMap((entry, at) => {
      const seat = members(entry)['seat'];
      return typeof seat === 'string' ? [[[...path, member, at, 'seat'], seat] as const] : [];
    });
  return [
    ...list('recommend', 'seats'),
    ...list('advise', 'seats'),
    ...entries('decide'),
    ...entries('execute'),
    ...list('approve', 'from'),
  ];
}

function situationFindings(document: Document, when: JsonObject, path: Path): readonly Finding[] {
  const check = (member: string, word: string, allowed: readonly string[]): Finding[] =>
    texts(when[member])
      .filter((name) => !allowed.includes(name))
      .map((name) => unknownName([...path, member], word, name, allowed));
  return [
    ...check('class', 'class', named(document, 'classes')),
    ...check('jurisdiction', 'jurisdiction', named(document, 'jurisdictions')),
  ];
}

/** Promise 9: what happens by itself can be taken back. */
function deadlineFindings(right: Right, deadline: JsonObject, path: Path): readonly Finding[] {
  const findings: Finding[] = [];
  const meanwhile = members(deadline['meanwhile']);
  const acting: readonly (readonly [Path, string])[] = [
    [[...path, 'stage'], text(deadline['stage'])],
    [[...path, 'meanwhile', 'stage'], text(meanwhile['stage'])],
  ];
  for (const [at, stage] of acting) {
    if (stage === '') continue;
    if (stage === 'revoke') {
      findings.push({
        path: at,
        problem: 'a default at a deadline is reversible; revoke is not',
        allowed: ['step-up', 'restrict', 'isolate', 'suspend'],
        remedy:
          'Default to a reversible stage; revoke is asked for, or follows a mandate’s window.',
      });
    } else if (!right.decisions.every((decision) => decision === 'contain')) {
      findings.push({
        path: at,
        problem: `${right.decisions.join(', ')} has no acting default: only contain acts by itself`,
        allowed: ['keep', 'prepare', 'repage', 'show', 'follow'],
        remedy: 'Keep the state and page again: `{ keep: current-stage, repage: PT15M }`.',
      });
    }
  }
  const members_ = ['stage', 'keep', 'prepare', 'follow'];
  if (!members_.some((member) => deadline[member] !== undefined)) {
    findings.push({
      path,
      problem: 'the deadline does not say what happens',
      allowed: members_,
      remedy: 'Say which stage it goes to, or what it keeps.',
    });
  }
  return findings;
}

function rightFindings(document: Document, charter: Charter, index: number): readonly Finding[] {
  const raw = members(items(document['rights'])[index]);
  const right = charter.rights[index];
  if (right === undefined) return [];
  const path: Path = ['rights', index];
  const ids = charter.rights.map(({ id }) => id);
  const findings: Finding[] = [
    ...situationFindings(document, members(raw['when']), [...path, 'when']),
  ];
  for (const [at, seat] of seatsNamed(raw, path)) {
    if (!charter.seats.has(seat))
      findings.push(unknownName(at, 'seat', seat, [...charter.seats.keys()]));
  }
  for (const [at, name] of right.overrides.entries()) {
    if (!ids.includes(name))
      findings.push(unknownName([...path, 'overrides', at], 'right', name, ids));
  }
  const cycle = cycleFrom(
    right.id,
    (id) => charter.rights.find((one) => one.id === id)?.overrides ?? [],
  );
  if (cycle !== null && cycle[0] === right.id) {
    const problem = `overrides go in a circle: ${cycle.join(' > ')}`;
    findings.push({ path: [...path, 'overrides'], problem, remedy: 'Remove one of them.' });
  }
  if (right.overrides.length === 0) {
    for (const member of ['decision', 'decide', 'atDeadline']) {
      if (raw[member] !== undefined) continue;
      const problem = `right ${right.id} has no ${member}, and overrides no right that has`;
      findings.push({ path, problem, remedy: `Add ${member}, or name the right in overrides.` });
    }
  }
  if (raw['atDeadline'] !== undefined) {
    findings.push(...deadlineFindings(right, members(raw['atDeadline']), [...path, 'atDeadline']));
  }
  return findings;
}

function partyFindings(document: Document, charter: Charter): readonly Finding[] {
  const parties = members(document['parties']);
  const barred = (seatName: string, decisions: readonly string[]): string | null => {
    const seat = charter.seats.get(seatName);
    if (seat?.fill !== 'roster' || seat.party === null) return null;
    const contract = members(members(parties[seat.party])['contract']);
    if (contract['mayDecide'] === undefined) return null;
    const allowed = texts(contract['mayDecide']);
    return decisions.every((decision) => allowed.includes(decision)) ? null : seat.party;
  };
  return charter.rights.flatMap((right, index) =>
    (right.decide ?? []).flatMap((rung, at) => {
      const party = barred(rung.seat, right.decisions);
      if (party === null) return [];
      const problem = `seat ${rung.seat} belongs to ${party}, whose contract lets it not decide this`;
      const path: Path = ['rights', index, 'decide', at, 'seat'];
      return [{ path, problem, remedy: 'Let a seat of your own decide, or widen mayDecide.' }];
    }),
  );
}

function overlapFindings(charter: Charter): readonly Finding[] {
  return unresolvedOverlaps(charter.rights, charter.classes).map(({ left, right, witness }) => ({
    path: ['rights', charter.rights.indexOf(right)],
    problem: `${left.id} and ${right.id} both answer one case (${witness}) and neither overrides the other`,
    allowed: [left.id, right.id],
    remedy: `Name one in the other's overrides, or make their when exclude each other.`,
  }));
}

function decisionFindings(charter: Charter): readonly Finding[] {
  const covered = new Set(charter.rights.flatMap(({ decisions }) => decisions));
  return DECISION_KINDS.filter((kind) => !covered.has(kind)).map((kind) => ({
    path: kind === 'reset-fuse' ? [] : ['rights'],
    problem: `nobody has the right to ${kind}`,
    remedy:
      kind === 'reset-fuse' ? 'Add the section reset-fuse.' : `Add a right with decision: ${kind}.`,
  }));
}

function mandateFindings(
  document: Document,
  charter: Charter,
  mandate: Mandate,
  index: number,
): readonly Finding[] {
  const raw = members(items(document['mandates'])[index]);
  const path: Path = ['mandates', index];
  const findings: Finding[] = [
    ...situationFindings(document, members(raw['when']), [...path, 'when']),
  ];
  const irreversible = (at: Path): Finding => ({
    path: at,
    problem: 'a mandate reaches revoke only after an uncontested window',
    allowed: ['step-up', 'restrict', 'isolate', 'suspend'],
    remedy: 'Write `upTo: suspend` with `then: { stage: revoke, window: PT15M }`.',
  });
  if (mandate.upTo === 'G5') findings.push(irreversible([...path, 'upTo']));
  if (mandate.widen?.to === 'G5') findings.push(irreversible([...path, 'widen', 'to']));
  if (mandate.widen !== null && !isAtLeast(GUARANTEES, mandate.widen.to, mandate.upTo)) {
    const problem = 'widen goes to a weaker stage than upTo';
    findings.push({ path: [...path, 'widen', 'to'], problem, remedy: 'Name a stronger stage.' });
  }
  if (
    mandate.rehearsed !== null &&
    !isAtLeast(GUARANTEES, mandate.upTo, mandate.rehearsed.downTo)
  ) {
    const problem = 'a mandate that was not rehearsed falls back to a stronger stage than upTo';
    const remedy = 'Name a stage that is not stronger than upTo.';
    findings.push({ path: [...path, 'rehearsed', 'else', 'downTo'], problem, remedy });
  }
  const bounded = charter.fuses.automaticCuts !== null && charter.fuses.sameSource !== null;
  if (mandate.mode === 'act' && !bounded) {
    findings.push({
      path: [...path, 'mode'],
      problem: 'a mandate that acts needs the fuses automatic-cuts and same-source',
      allowed: ['shadow', 'ask'],
      remedy: 'Declare both under fuses, or leave the mandate in shadow.',
    });
  }
  return findings;
}

function protectedFindings(document: Document, charter: Charter): readonly Finding[] {
  const paths = ['break-glass', ...charter.seats.keys(), ...charter.rights.map(({ id }) => id)];
  const classes = named(document, 'classes');
  return items(document['protected']).flatMap((item, index) => {
    const entry = members(item);
    const path: Path = ['protected', index];
    const findings: Finding[] = [];
    if ((entry['identity'] === undefined) === (entry['class'] === undefined)) {
      const problem = 'a protected entry names an identity or a class, one of them';
      findings.push({ path, problem, remedy: 'Write identity: or class:.' });
    }
    const name = text(entry['class']);
    if (name !== '' && !classes.includes(name)) {
      findings.push(unknownName([...path, 'class'], 'class', name, classes));
    }
    for (const way of texts(entry['path'])) {
      if (!paths.includes(way)) findings.push(unknownName([...path, 'path'], 'path', way, paths));
      if (way === 'break-glass' && charter.breakGlass === null) {
        const problem = 'the path break-glass is not declared';
        findings.push({ path: [...path, 'path'], problem, remedy: 'Add the section break-glass.' });
      }
    }
    return findings;
  });
}

function quorumFindings(document: Document, charter: Charter): readonly Finding[] {
  const check = (section: string, seats: readonly string[]): readonly Finding[] => {
    if (document[section] === undefined) return [];
    const quorum = members(document[section])['quorum'];
    const findings = seats
      .filter((seat) => !charter.seats.has(seat))
      .map((seat) => unknownName([section], 'seat', seat, [...charter.seats.keys()]));
    if (typeof quorum !== 'number' || quorum <= new Set(seats).size) return findings;
    const problem = `a quorum of ${quorum} cannot come from ${new Set(seats).size} seat(s)`;
    return [...findings, { path: [section, 'quorum'], problem, remedy: 'Name more seats.' }];
  };
  const reset = items(members(document['reset-fuse'])['decide']).map((rung) =>
    text(members(rung)['seat']),
  );
  return [...check('reset-fuse', reset), ...check('break-glass', charter.breakGlass?.from ?? [])];
}

function otherFindings(document: Document, charter: Charter): readonly Finding[] {
  const findings: Finding[] = [];
  const { jurisdiction } = charter.unknown;
  if (jurisdiction !== null && !charter.jurisdictions.includes(jurisdiction)) {
    const allowed = ['every', ...charter.jurisdictions];
    const path = ['unknown', 'jurisdiction'];
    findings.push(unknownName(path, 'jurisdiction', jurisdiction, allowed));
  }
  if (charter.inherit !== null && isAtLeast(GUARANTEES, charter.inherit.upTo, 'G4')) {
    const problem = 'descendants inherit at most isolate';
    const allowed = ['step-up', 'restrict', 'isolate'];
    findings.push({ path: ['inherit', 'upTo'], problem, allowed, remedy: 'Write isolate.' });
  }
  if (charter.inherit !== null && charter.inherit.limit > LIMITS.descendantsMax) {
    const problem = `more than ${LIMITS.descendantsMax} descendants are asked for, not inherited`;
    findings.push({ path: ['inherit', 'limit'], problem, remedy: 'Write a smaller limit.' });
  }
  for (const [name, value] of Object.entries(members(document['classes']))) {
    if (Object.keys(members(members(value)['match'])).length > 0) continue;
    const problem = `class ${name} matches everything`;
    findings.push({ path: ['classes', name], problem, remedy: 'Say what its identities share.' });
  }
  return findings;
}

export function checkMeaning(document: Document, charter: Charter): readonly Finding[] {
  return [
    ...repeatedIds(document, 'rights'),
    ...repeatedIds(document, 'mandates'),
    ...seatFindings(document, charter),
    ...items(document['rights']).flatMap((_, index) => rightFindings(document, charter, index)),
    ...partyFindings(document, charter),
    ...overlapFindings(charter),
    ...decisionFindings(charter),
    ...charter.mandates.flatMap((mandate, index) =>
      mandateFindings(document, charter, mandate, index),
    ),
    ...protectedFindings(document, charter),
    ...quorumFindings(document, charter),
    ...otherFindings(document, charter),
  ];
}
