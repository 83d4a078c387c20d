import { GUARANTEES, isAtLeast, type JsonObject } from '../../kernel/index.ts';
import { type DecisionKind } from '../words.ts';
import { type Effective, effectiveRights } from './effective.ts';
import type { Finding, Path } from './finding.ts';
import type { Charter, Deadline, Right } from './model.ts';
import { unknownName, unknownNames } from './names.ts';
import { canOverlap, circlesOf, circleText, unresolvedOverlaps } from './overlap.ts';
import { items, members, text, texts } from './reading.ts';

// What rights of the right form may still not say.

type Places = readonly (readonly [Path, string])[];

/** What cannot be taken back never happens by itself, and passes from hand to hand one at a time. */
const IRREVERSIBLE: ReadonlySet<DecisionKind> = new Set([
  'revoke',
  'communicate',
  'notify',
  'disclose',
]);

/** Every place where a right names a seat. */
function seatsNamed(right: JsonObject, path: Path): Places {
  const list = (member: string, inner: string): Places =>
    texts(members(right[member])[inner]).map((seat, at) => [[...path, member, inner, at], seat]);
  const entries = (member: string): Places =>
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

export function situationFindings(
  charter: Charter,
  when: JsonObject,
  path: Path,
): readonly Finding[] {
  const places = (member: string): Places =>
    texts(when[member]).map((name) => [[...path, member], name]);
  const classes = charter.classes.map(({ name }) => name);
  return [
    ...unknownNames(places('class'), 'class', classes),
    ...unknownNames(places('jurisdiction'), 'jurisdiction', charter.jurisdictions),
  ];
}

/** Promise 9: what happens by itself can be taken back. */
function actingFindings(right: Right, deadline: Deadline, path: Path): readonly Finding[] {
  const acting = [
    [[...path, 'stage'], deadline.guarantee],
    [[...path, 'meanwhile', 'stage'], deadline.meanwhile?.guarantee ?? null],
  ] as const;
  return acting.flatMap(([at, guarantee]): readonly Finding[] => {
    if (guarantee === null) return [];
    if (guarantee === 'G5') {
      return [
        {
          path: at,
          code: 'irreversible',
          problem: 'a default at a deadline is reversible; revoke is not',
          allowed: ['step-up', 'restrict', 'isolate', 'suspend'],
          remedy:
            'Default to a reversible stage; revoke is asked for, or follows a mandate’s window.',
        },
      ];
    }
    if (right.decisions.every((decision) => decision === 'contain')) return [];
    return [
      {
        path: at,
        code: 'irreversible',
        problem: `${right.decisions.join(', ')} has no acting default: only contain acts by itself`,
        allowed: ['keep', 'prepare', 'repage', 'show', 'follow'],
        remedy: 'Keep the state and page again: `{ keep: current-stage, repage: PT15M }`.',
      },
    ];
  });
}

function deadlineFindings(right: Effective, raw: JsonObject, path: Path): readonly Finding[] {
  const { atDeadline: deadline } = right;
  if (deadline === undefined) return [];
  // Inherited: shown at the right that inherits it.
  const at = raw['atDeadline'] === undefined ? path : [...path, 'atDeadline'];
  const findings: Finding[] = [...actingFindings(right, deadline, at)];
  const said = ['stage', 'keep', 'prepare', 'follow'];
  if ([deadline.guarantee, deadline.keep, deadline.prepare, deadline.follow].every(isNull)) {
    const problem = 'the deadline does not say what happens';
    const remedy = 'Say which stage it goes to, or what it keeps.';
    findings.push({ path: at, code: 'incomplete', problem, allowed: said, remedy });
  } else if (right.decisions.some((one) => IRREVERSIBLE.has(one)) && deadline.repageMs === null) {
    const problem = 'what cannot be undone waits for a person, and nobody is paged again';
    const remedy = 'Add repage, such as `repage: PT15M`.';
    findings.push({ path: at, code: 'incomplete', problem, allowed: ['repage'], remedy });
  }
  const { meanwhile, guarantee } = deadline;
  if (meanwhile !== null && guarantee !== null) {
    if (!isAtLeast(GUARANTEES, guarantee, meanwhile.guarantee)) {
      const problem = 'the stage meanwhile is stronger than the one at the deadline';
      const remedy = 'Begin with the weaker stage.';
      findings.push({ path: [...at, 'meanwhile', 'stage'], problem, remedy });
    }
  }
  const bound = right.approve === undefined ? undefined : right.withoutApproval;
  if (guarantee !== null && bound !== undefined && !isAtLeast(GUARANTEES, bound, guarantee)) {
    const problem = 'the default goes beyond what may happen without approval';
    const remedy = 'Default to maxStageWithoutApproval, or raise it.';
    findings.push({ path: [...at, 'stage'], problem, remedy });
  }
  return findings;
}

function isNull(value: unknown): boolean {
  return value === null;
}

function ladderFindings(right: Right, raw: JsonObject, path: Path): readonly Finding[] {
  const rungs = right.decide ?? [];
  const seen = new Set<string>();
  return rungs.flatMap((rung, index) => {
    const at: Path = [...path, 'decide', index];
    const add = (member: string, code: Finding['code'], problem: string, remedy: string): void => {
      found.push({
        path: [...at, member],
        ...(code === undefined ? {} : { code }),
        problem,
        remedy,
      });
    };
    const found: Finding[] = [];
    if (seen.has(rung.seat)) {
      add('seat', 'repeated', `${rung.seat} is on this ladder twice`, 'Name another seat.');
    }
    seen.add(rung.seat);
    if (rung.decideMs === 0) add('decide', 'impossible', 'a rung without time', 'Give it time.');
    const { decideMs, acknowledgeMs, decideShare } = rung;
    if (decideMs !== null && acknowledgeMs !== null && acknowledgeMs > decideMs) {
      const problem = 'the acknowledgement may come later than the decision';
      add('acknowledge', undefined, problem, 'Write a shorter time, or give more to decide.');
    }
    if (decideShare !== null && (decideShare > 1 || decideShare <= 0)) {
      const written = text(members(items(raw['decide'])[index])['decide']);
      const problem = `${written} is no share: more than 0% and at most 100% of the clock`;
      add('decide', 'impossible', problem, 'Write a share such as "50% of clock".');
    }
    const before = rungs[index - 1]?.decideShare ?? null;
    if (decideShare !== null && before !== null && decideShare <= before) {
      const problem = 'this rung ends when or before the one above it ends';
      add(
        'decide',
        'impossible',
        problem,
        'Shares count from the start of the clock: let them grow.',
      );
    }
    if (rung.lastResort && index < rungs.length - 1) {
      const problem = 'a rung after the last resort is never reached';
      add('lastResort', 'impossible', problem, 'Move it to the end of the ladder.');
    }
    return found;
  });
}

/** The decider is not their own approver: a seat is one person at an instant. */
function approvalFindings(right: Effective, raw: JsonObject, path: Path): readonly Finding[] {
  const { approve } = right;
  if (approve === undefined) return [];
  const own = raw['approve'] === undefined ? path : [...path, 'approve'];
  const from = new Set(approve.from);
  if (approve.count > from.size) {
    const problem = `${approve.count} approvals cannot come from ${from.size} seat(s)`;
    return [
      { path: own, code: 'impossible', problem, remedy: 'Name more seats, or ask for fewer.' },
    ];
  }
  const findings: Finding[] = [];
  if (approve.distinctFromDecider) {
    const stuck = (right.decide ?? []).find(
      ({ seat }) => [...from].filter((one) => one !== seat).length < approve.count,
    );
    if (stuck !== undefined) {
      const problem = `when ${stuck.seat} decides, nobody else is left to approve`;
      const remedy = 'Name a seat in from that is not on the ladder, or one more.';
      findings.push({ path: own, code: 'impossible', problem, remedy });
    }
  }
  const { before } = approve;
  const without = right.withoutApproval;
  if (before !== null && without !== undefined && isAtLeast(GUARANTEES, without, before)) {
    const problem = 'approval is wanted before a stage that needs none';
    const remedy = 'Let maxStageWithoutApproval be weaker than before.';
    findings.push({ path: own, problem, remedy });
  }
  return findings;
}

function executeFindings(right: Effective, raw: JsonObject, path: Path): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [at, item] of items(raw['execute']).entries()) {
    const entry = members(item);
    const place: Path = [...path, 'execute', at];
    if ((entry['runner'] === undefined) === (entry['seat'] === undefined)) {
      const problem = 'an executor is a runner or a seat, one of them';
      findings.push({
        path: place,
        problem,
        remedy: 'Write `runner: connectors` or `seat: NAME`.',
      });
    }
    if (entry['onSilence'] === 'own-side-cut' && right.ownSideCut === undefined) {
      const problem = 'there is no own-side-cut for when they are silent';
      const remedy = 'Add own-side-cut with a stage and where.';
      findings.push({ path: [...place, 'onSilence'], code: 'incomplete', problem, remedy });
    }
  }
  if (right.ownSideCut?.guarantee === 'G5' && raw['own-side-cut'] !== undefined) {
    const problem = 'what happens because somebody is silent is reversible; revoke is not';
    const allowed = ['step-up', 'restrict', 'isolate', 'suspend'];
    const at = [...path, 'own-side-cut', 'stage'];
    findings.push({ path: at, code: 'irreversible', problem, allowed, remedy: 'Write isolate.' });
  }
  return findings;
}

/** Rule 11: business days need a calendar, which is that of one jurisdiction. */
function clockFindings(
  charter: Charter,
  right: Effective,
  raw: JsonObject,
  path: Path,
): readonly Finding[] {
  const findings: Finding[] = [];
  const facts = [...charter.jurisdictionFacts];
  const regulators = new Set(facts.flatMap(([, one]) => one.regulators));
  if (raw['clock'] !== undefined) {
    for (const [regulator, due] of right.clock?.due ?? []) {
      const at: Path = [...path, 'clock', 'due', regulator];
      if (!regulators.has(regulator)) {
        findings.push(unknownName(at, 'regulator', regulator, [...regulators]));
        continue;
      }
      const of = facts.filter(([, one]) => one.regulators.includes(regulator));
      if (!('businessDays' in due) || of.length === 1) continue;
      const codes = of.map(([code]) => code).join(' and ');
      const problem = `business days of ${regulator} have two calendars: ${codes}`;
      const remedy = 'Let one jurisdiction name the regulator, or write elapsed time.';
      findings.push({ path: at, code: 'calendar', problem, remedy });
    }
  }
  const shared = (right.decide ?? []).findIndex(({ decideShare }) => decideShare !== null);
  if (shared >= 0 && right.clock === undefined) {
    const at = raw['decide'] === undefined ? path : [...path, 'decide', shared, 'decide'];
    const problem = 'a share of a clock, and this right has no clock';
    findings.push({ path: at, code: 'incomplete', problem, remedy: 'Add clock, or write a time.' });
  }
  return findings;
}

/** An irreversible act has one hand on it: who was first asked no longer answers when the next one is. */
function handOffFindings(right: Effective, raw: JsonObject, path: Path): readonly Finding[] {
  const exclusive = right.decisions.filter(
    (decision) => decision === 'restore' || (IRREVERSIBLE.has(decision) && decision !== 'revoke'),
  );
  if (right.handOff !== 'cumulative' || exclusive.length === 0) return [];
  const at = raw['hand-off'] === undefined ? path : [...path, 'hand-off'];
  const problem = `${exclusive.join(', ')} is handed off exclusively: two people must not answer at once`;
  return [{ path: at, problem, allowed: ['exclusive'], remedy: 'Write exclusive.' }];
}

function overrideFindings(
  charter: Charter,
  byId: ReadonlyMap<string, Right>,
  right: Right,
  path: Path,
): readonly Finding[] {
  return right.overrides.flatMap((id, index): readonly Finding[] => {
    const at: Path = [...path, 'overrides', index];
    const other = byId.get(id);
    if (other === undefined) return [unknownName(at, 'right', id, [...byId.keys()])];
    if (!right.decisions.some((decision) => other.decisions.includes(decision))) {
      const problem = `${right.id} and ${id} decide nothing in common: there is nothing to override`;
      return [{ path: at, code: 'impossible', problem, remedy: 'Remove it, or name another.' }];
    }
    if (canOverlap(right.when, other.when, charter.classes)) return [];
    const problem = `no case matches both ${right.id} and ${id}: there is nothing to override`;
    return [{ path: at, code: 'impossible', problem, remedy: 'Remove it, or widen a when.' }];
  });
}

function completeFindings(right: Effective, path: Path): readonly Finding[] {
  const lacks: readonly (readonly [string, boolean])[] = [
    ['decision', right.decisions.length === 0],
    ['decide', right.decide === undefined],
    ['atDeadline', right.atDeadline === undefined],
  ];
  return lacks
    .filter(([, isMissing]) => isMissing)
    .map(([member]) => ({
      path,
      code: 'incomplete' as const,
      problem: `right ${right.id} has no ${member}, and overrides no right that has`,
      remedy: `Add ${member}, or name the right in overrides.`,
    }));
}

function partyFindings(charter: Charter, right: Right, path: Path): readonly Finding[] {
  const owed = [...(right.party ?? [])];
  const classes = charter.classes.map(({ name }) => name);
  const findings = [
    ...unknownNames(
      owed.map(([name]) => [[...path, 'party', name], name]),
      'class',
      classes,
    ),
    ...unknownNames(
      owed.map(([name, party]) => [[...path, 'party', name], party]),
      'party',
      charter.parties.keys(),
    ),
  ];
  for (const [at, { seat: name }] of (right.decide ?? []).entries()) {
    const seat = charter.seats.get(name);
    const party = seat?.fill === 'roster' ? seat.party : null;
    const may = party === null ? null : (charter.parties.get(party)?.contract?.mayDecide ?? null);
    if (may === null || right.decisions.every((decision) => may.includes(decision))) continue;
    const problem = `seat ${name} belongs to ${party ?? ''}, whose contract lets it not decide this`;
    const remedy = 'Let a seat of your own decide, or widen mayDecide.';
    findings.push({ path: [...path, 'decide', at, 'seat'], problem, remedy });
  }
  return findings;
}

function oneRight(
  charter: Charter,
  byId: ReadonlyMap<string, Right>,
  right: Effective,
  given: { readonly right: Right; readonly raw: JsonObject; readonly path: Path },
): readonly Finding[] {
  const { raw, path, right: own } = given;
  return [
    ...situationFindings(charter, members(raw['when']), [...path, 'when']),
    ...unknownNames(seatsNamed(raw, path), 'seat', charter.seats.keys()),
    ...overrideFindings(charter, byId, own, path),
    ...completeFindings(right, path),
    ...ladderFindings(own, raw, path),
    ...deadlineFindings(right, raw, path),
    ...approvalFindings(right, raw, path),
    ...executeFindings(right, raw, path),
    ...clockFindings(charter, right, raw, path),
    ...handOffFindings(right, raw, path),
    ...partyFindings(charter, own, path),
  ];
}

export function rightFindings(document: JsonObject, charter: Charter): readonly Finding[] {
  const raws = items(document['rights']).map(members);
  const byId = new Map(charter.rights.map((right) => [right.id, right]));
  const at = new Map(raws.map((raw, index) => [text(raw['id']), index]));
  const circles = circlesOf([...byId.keys()], (id) => byId.get(id)?.overrides ?? []);
  if (circles.length > 0) {
    // What a right in a circle says in the end is not known: the rest is checked when the circle is gone.
    return circles.map((circle) => ({
      path: ['rights', at.get(circle[0] ?? '') ?? 0, 'overrides'],
      code: 'cycle',
      problem: `overrides go in a circle: ${circleText(circle)}`,
      remedy: 'Remove one of them.',
    }));
  }
  const effective = effectiveRights(charter.rights);
  const each = raws.flatMap((raw, index) => {
    const right = charter.rights[index];
    const merged = right === undefined ? undefined : effective.get(right.id);
    if (right === undefined || merged === undefined) return [];
    return oneRight(charter, byId, merged, { right, raw, path: ['rights', index] });
  });
  return [...each, ...overlapFindings(charter)];
}

function overlapFindings(charter: Charter): readonly Finding[] {
  return unresolvedOverlaps(charter.rights, charter.classes).map(({ left, right, witness }) => ({
    path: ['rights', charter.rights.indexOf(right)],
    code: 'overlap',
    problem: `${left.id} and ${right.id} both answer one case (${witness}) and neither overrides the other`,
    allowed: [left.id, right.id],
    remedy: `Name one in the other's overrides, or make their when exclude each other.`,
  }));
}
