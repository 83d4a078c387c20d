import { GUARANTEES, isAtLeast, type JsonObject } from '../../kernel/index.ts';
import type { Finding, Path } from './finding.ts';
import type { Charter, Mandate } from './model.ts';
import { unknownNames } from './names.ts';
import { items, members, text, texts } from './reading.ts';
import { situationFindings } from './right-semantics.ts';

// What mandates, protections and quorums of the right form may still not say.

const REVERSIBLE = ['step-up', 'restrict', 'isolate', 'suspend'];

function stageFindings(mandate: Mandate, path: Path): readonly Finding[] {
  const findings: Finding[] = [];
  const irreversible = (at: Path): Finding => ({
    path: at,
    code: 'irreversible',
    problem: 'a mandate reaches revoke only after an uncontested window',
    allowed: REVERSIBLE,
    remedy: 'Write `upTo: suspend` with `then: { stage: revoke, window: PT15M }`.',
  });
  const { upTo, widen, rehearsed } = mandate;
  if (upTo === 'G5') findings.push(irreversible([...path, 'upTo']));
  if (widen?.to === 'G5') findings.push(irreversible([...path, 'widen', 'to']));
  if (widen !== null && (!isAtLeast(GUARANTEES, widen.to, upTo) || widen.to === upTo)) {
    const problem = 'widen goes to no stronger stage than upTo';
    findings.push({ path: [...path, 'widen', 'to'], problem, remedy: 'Name a stronger stage.' });
  }
  if (widen !== null && widen.sources <= mandate.when.sources) {
    const problem = 'widen asks for no more sources than the mandate itself';
    const at = [...path, 'widen', 'when', 'sources'];
    findings.push({ path: at, problem, remedy: 'Ask for more independent sources.' });
  }
  if (rehearsed !== null && !isAtLeast(GUARANTEES, upTo, rehearsed.downTo)) {
    const problem = 'a mandate that was not rehearsed falls back to a stronger stage than upTo';
    const remedy = 'Name a stage that is not stronger than upTo.';
    findings.push({ path: [...path, 'rehearsed', 'else', 'downTo'], problem, remedy });
  }
  if (mandate.thenRevokeWindowMs === 0) {
    const problem = 'a window without time: nobody can say that it is benign';
    const at = [...path, 'then', 'window'];
    findings.push({ path: at, code: 'irreversible', problem, remedy: 'Write PT15M or more.' });
  }
  return findings;
}

function boundFindings(charter: Charter, mandate: Mandate, path: Path): readonly Finding[] {
  const findings: Finding[] = [];
  const bounded = charter.fuses.automaticCuts !== null && charter.fuses.sameSource !== null;
  if (mandate.mode === 'act' && !bounded) {
    findings.push({
      path: [...path, 'mode'],
      code: 'unbounded',
      problem: 'a mandate that acts needs the fuses automatic-cuts and same-source',
      allowed: ['shadow', 'ask'],
      remedy: 'Declare both under fuses, or leave the mandate in shadow.',
    });
  }
  if (mandate.mode === 'act' && mandate.when.authenticity === 'unauthenticated') {
    findings.push({
      path: [...path, 'when', 'authenticity'],
      code: 'unbounded',
      problem: 'what anybody can send must not cut',
      allowed: ['bearer', 'signed'],
      remedy: 'Ask for bearer or signed.',
    });
  }
  if (mandate.untilMs <= charter.effectiveMs) {
    const problem = 'the mandate has ended before the charter becomes effective';
    const remedy = 'Renew it with a later until, or remove it.';
    findings.push({ path: [...path, 'until'], code: 'impossible', problem, remedy });
  }
  return findings;
}

export function mandateFindings(document: JsonObject, charter: Charter): readonly Finding[] {
  return charter.mandates.flatMap((mandate, index) => {
    const raw = members(items(document['mandates'])[index]);
    const path: Path = ['mandates', index];
    const voices = mandate.unlessBenignBy.map(
      (seat, at) => [[...path, 'then', 'unless', 'benignBy', at], seat] as const,
    );
    return [
      ...situationFindings(charter, members(raw['when']), [...path, 'when']),
      ...unknownNames(voices, 'seat', charter.seats.keys()),
      ...stageFindings(mandate, path),
      ...boundFindings(charter, mandate, path),
    ];
  });
}

/** What a mandate may do to what is protected is bounded by the path, so the path has to exist. */
export function protectionFindings(document: JsonObject, charter: Charter): readonly Finding[] {
  const rights = charter.rights.filter(({ decisions }) =>
    decisions.some((decision) => decision === 'contain' || decision === 'revoke'),
  );
  const ways = ['break-glass', ...charter.seats.keys(), ...rights.map(({ id }) => id)];
  const classes = charter.classes.map(({ name }) => name);
  return items(document['protected']).flatMap((item, index) => {
    const entry = members(item);
    const path: Path = ['protected', index];
    const findings: Finding[] = [];
    if ((entry['identity'] === undefined) === (entry['class'] === undefined)) {
      const problem = 'a protected entry names an identity or a class, one of them';
      findings.push({ path, problem, remedy: 'Write identity: or class:.' });
    }
    const name = text(entry['class']);
    if (name !== '') findings.push(...unknownNames([[[...path, 'class'], name]], 'class', classes));
    const given = texts(entry['path']);
    const places = given.map((way) => [[...path, 'path'], way] as const);
    findings.push(...unknownNames(places, 'path', ways));
    if (given.includes('break-glass') && charter.breakGlass === null) {
      const problem = 'the path break-glass is not declared';
      const remedy = 'Add the section break-glass.';
      findings.push({ path: [...path, 'path'], code: 'incomplete', problem, remedy });
    }
    return findings;
  });
}

interface Quorum {
  readonly path: Path;
  readonly countAt: Path;
  readonly seats: readonly string[];
  readonly count: number;
}

/** A seat is one person at an instant, so a quorum needs as many seats. */
export function quorumFindings(document: JsonObject, charter: Charter): readonly Finding[] {
  const reset = charter.rights.find(({ id }) => id === 'reset-fuse');
  const quorums: Quorum[] = [];
  if (document['reset-fuse'] !== undefined && reset !== undefined) {
    const seats = (reset.decide ?? []).map(({ seat }) => seat);
    const path: Path = ['reset-fuse', 'decide'];
    quorums.push({
      path,
      countAt: ['reset-fuse', 'quorum'],
      seats,
      count: charter.resetFuseQuorum,
    });
  }
  const { breakGlass, signed } = charter;
  if (breakGlass !== null) {
    const { from: seats, quorum: count } = breakGlass;
    const path: Path = ['break-glass', 'from'];
    quorums.push({ path, countAt: ['break-glass', 'quorum'], seats, count });
  }
  if (signed !== null) {
    const path: Path = ['signed', 'requires', 'of'];
    const countAt: Path = ['signed', 'requires', 'count'];
    quorums.push({ path, countAt, seats: signed.of, count: signed.count });
  }
  const findings = quorums.flatMap(({ path, countAt, seats, count }) => {
    const places = seats.map((seat, at) => [[...path, at], seat] as const);
    const unknown = unknownNames(places, 'seat', charter.seats.keys());
    const size = new Set(seats).size;
    if (count <= size) return unknown;
    const problem = `a quorum of ${count} cannot come from ${size} seat(s)`;
    const remedy = 'Name more seats, or ask for fewer.';
    return [...unknown, { path: countAt, code: 'impossible' as const, problem, remedy }];
  });
  if (breakGlass === null || breakGlass.quorum > 1) return findings;
  const problem = 'break-glass by one person is no quorum';
  const path = ['break-glass', 'quorum'];
  return [...findings, { path, code: 'unbounded', problem, remedy: 'Ask for two or more.' }];
}
