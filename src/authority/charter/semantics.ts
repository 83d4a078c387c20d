import { GUARANTEES, isAtLeast, type JsonObject, LIMITS } from '../../kernel/index.ts';
import { DECISION_KINDS } from '../words.ts';
import { evidenceFindings } from './evidence.ts';
import type { Finding, Path } from './finding.ts';
import { mandateFindings, protectionFindings, quorumFindings } from './mandate-semantics.ts';
import type { Charter } from './model.ts';
import { unknownName, unknownNames } from './names.ts';
import { items, members, text, texts } from './reading.ts';
import { rightFindings } from './right-semantics.ts';
import { seatFindings } from './seat-semantics.ts';

// What a charter of the right form may still not say.

function repeatedIds(document: JsonObject, section: string): readonly Finding[] {
  const seen = new Set<string>();
  const findings: Finding[] = [];
  for (const [index, item] of items(document[section]).entries()) {
    const id = text(members(item)['id']);
    if (seen.has(id)) {
      const problem = `${section} has ${id} twice`;
      const path = [section, index, 'id'];
      findings.push({ path, code: 'repeated', problem, remedy: 'Give each its own id.' });
    }
    seen.add(id);
  }
  return findings;
}

function decisionFindings(charter: Charter): readonly Finding[] {
  const covered = new Set(charter.rights.flatMap(({ decisions }) => decisions));
  return DECISION_KINDS.filter((kind) => !covered.has(kind)).map((kind) => ({
    path: kind === 'reset-fuse' ? [] : ['rights'],
    code: 'nobody',
    problem: `nobody has the right to ${kind}`,
    remedy:
      kind === 'reset-fuse' ? 'Add the section reset-fuse.' : `Add a right with decision: ${kind}.`,
  }));
}

function partyFindings(charter: Charter): readonly Finding[] {
  const findings: Finding[] = [];
  const selves = [...charter.parties].filter(([, { kind }]) => kind === 'self');
  for (const [name] of selves.slice(1)) {
    const problem = `two parties are you: ${selves[0]?.[0] ?? ''} and ${name}`;
    const path = ['parties', name, 'kind'];
    findings.push({ path, code: 'repeated', problem, remedy: 'Only one party is self.' });
  }
  for (const [name, { kind, contract }] of charter.parties) {
    const path: Path = ['parties', name];
    if (kind === 'self' && contract !== null) {
      const problem = 'nobody has a contract with themselves';
      findings.push({ path: [...path, 'contract'], problem, remedy: 'Remove it.' });
    }
    if (kind === 'msp' && contract === null) {
      const problem = `what ${name} may do, and until when, is not said`;
      const remedy = 'Add contract with until, mayExecute and mayDecide.';
      findings.push({ path, code: 'incomplete', problem, remedy });
    }
    if (contract !== null && contract.untilMs <= charter.effectiveMs) {
      const problem = 'the contract has ended before the charter becomes effective';
      const at = [...path, 'contract', 'until'];
      findings.push({ path: at, code: 'impossible', problem, remedy: 'Renew or remove it.' });
    }
  }
  return findings;
}

const ROLES = ['recommend', 'advise', 'decide', 'approve', 'execute'];

function actFindings(act: string, path: Path): readonly Finding[] {
  const [decision = '', role, ...rest] = act.split('.');
  const kinds: readonly string[] = DECISION_KINDS;
  if (role === undefined || rest.length > 0) {
    const problem = `${act} is not DECISION.ROLE, such as contain.decide`;
    return [{ path, code: 'form', problem, remedy: 'Name the decision, a dot and the role.' }];
  }
  const findings: Finding[] = [];
  if (!kinds.includes(decision)) findings.push(unknownName(path, 'decision', decision, kinds));
  if (!ROLES.includes(role)) findings.push(unknownName(path, 'role', role, ROLES));
  return findings;
}

function separationFindings(document: JsonObject): readonly Finding[] {
  return items(document['separation']).flatMap((item, index) => {
    const entry = members(item);
    const path: Path = ['separation', index];
    const isPair = entry['never-same-person'] !== undefined;
    if (isPair === (entry['never'] !== undefined)) {
      const problem = 'an entry is never-same-person or never, one of them';
      return [{ path, problem, remedy: 'Write one of them.' }];
    }
    if (!isPair) {
      if (entry['when'] !== undefined) return [];
      const problem = 'never needs when: whom does it keep out?';
      const remedy = 'Add `when: person-is-suspect-or-suspect-owner`.';
      return [{ path, code: 'incomplete' as const, problem, remedy }];
    }
    const acts = texts(entry['never-same-person']);
    const at: Path = [...path, 'never-same-person'];
    const findings = acts.flatMap((act, place) => actFindings(act, [...at, place]));
    if (new Set(acts).size === acts.length) return findings;
    const problem = 'the same act twice keeps nobody apart';
    return [...findings, { path: at, code: 'repeated' as const, problem, remedy: 'Name two.' }];
  });
}

const METHODS = ['passkey', 'pin', 'code'];

/** `push-passkey` is the channel and how the person shows who they are; the console is always there. */
function answerFindings(document: JsonObject, charter: Charter): readonly Finding[] {
  const { decideBy } = charter;
  if (decideBy === null) return [];
  const channels = ['console', ...charter.channels.keys()];
  const ways = channels.flatMap((channel) => METHODS.map((method) => `${channel}-${method}`));
  const places = decideBy.allowed.map((way, at) => [['decide-by', 'allowed', at], way] as const);
  const two = 'require-two-independent-for';
  const seats = texts(members(document['decide-by'])[two]);
  return [
    ...unknownNames(places, 'way to answer', ways),
    ...unknownNames(
      seats.map((seat, at) => [['decide-by', two, at], seat]),
      'seat',
      charter.seats.keys(),
    ),
  ];
}

function channelFindings(charter: Charter): readonly Finding[] {
  return [...charter.channels].flatMap(([name, { depends, latencyMs }]) => {
    const path: Path = ['channels', name];
    const findings: Finding[] = [];
    if (depends.length === 0) {
      const problem = `${name} depends on nothing: then nothing that fails would ever stop it`;
      const remedy = 'Name what it needs, such as internet, pstn or your identity provider.';
      findings.push({ path: [...path, 'depends'], code: 'incomplete', problem, remedy });
    }
    if (new Set(depends).size < depends.length) {
      const problem = `${name} names a dependency twice`;
      findings.push({
        path: [...path, 'depends'],
        code: 'repeated',
        problem,
        remedy: 'Keep one of them.',
      });
    }
    if (latencyMs === 0) {
      const problem = 'no channel takes no time';
      const remedy = 'Write what 99 of 100 pages take at most.';
      const at = [...path, 'latency-p99'];
      findings.push({ path: at, code: 'impossible', problem, remedy });
    }
    return findings;
  });
}

function inheritFindings({ inherit }: Charter): readonly Finding[] {
  if (inherit === null) return [];
  const findings: Finding[] = [];
  if (isAtLeast(GUARANTEES, inherit.upTo, 'G4')) {
    const problem = 'descendants inherit at most isolate';
    const allowed = ['step-up', 'restrict', 'isolate'];
    const path = ['inherit', 'upTo'];
    findings.push({ path, code: 'unbounded', problem, allowed, remedy: 'Write isolate.' });
  }
  if (inherit.limit > LIMITS.descendantsMax) {
    const problem = `more than ${LIMITS.descendantsMax} descendants are asked for, not inherited`;
    const path = ['inherit', 'limit'];
    findings.push({ path, code: 'unbounded', problem, remedy: 'Write a smaller limit.' });
  }
  return findings;
}

function otherFindings(document: JsonObject, charter: Charter): readonly Finding[] {
  const findings: Finding[] = [];
  const { jurisdiction } = charter.unknown;
  if (jurisdiction !== null && !charter.jurisdictions.includes(jurisdiction)) {
    const allowed = ['every', ...charter.jurisdictions];
    const path = ['unknown', 'jurisdiction'];
    findings.push(unknownName(path, 'jurisdiction', jurisdiction, allowed));
  }
  for (const [name, value] of Object.entries(members(document['classes']))) {
    if (Object.keys(members(members(value)['match'])).length > 0) continue;
    const problem = `class ${name} matches everything`;
    const remedy = 'Say what its identities share.';
    findings.push({ path: ['classes', name], code: 'unbounded', problem, remedy });
  }
  const { floor, ceiling } = charter.threshold;
  if (floor > ceiling) {
    const problem = `the floor ${floor} lies above the ceiling ${ceiling}`;
    const member = members(document['threshold'])['floor'] === undefined ? 'ceiling' : 'floor';
    const path = ['threshold', member];
    findings.push({ path, problem, remedy: 'Let the floor be the smaller one.' });
  }
  if (charter.fuses.evidenceMs === 0) {
    const problem = 'a fuse without time captures no evidence';
    const path = ['fuses', 'evidence', 'limit'];
    findings.push({ path, code: 'impossible', problem, remedy: 'Write PT90S, or leave it out.' });
  }
  return findings;
}

export function checkMeaning(document: JsonObject, charter: Charter): readonly Finding[] {
  return [
    ...repeatedIds(document, 'rights'),
    ...repeatedIds(document, 'mandates'),
    ...repeatedIds(document, 'evidence'),
    ...seatFindings(document, charter),
    ...partyFindings(charter),
    ...rightFindings(document, charter),
    ...decisionFindings(charter),
    ...mandateFindings(document, charter),
    ...protectionFindings(document, charter),
    ...quorumFindings(document, charter),
    ...separationFindings(document),
    ...channelFindings(charter),
    ...answerFindings(document, charter),
    ...inheritFindings(charter),
    ...evidenceFindings(document, charter),
    ...otherFindings(document, charter),
  ];
}
