import type { Charter, Deadline, RightMembers } from '../charter/model.ts';
import { DECISION_KINDS } from '../model.ts';
import type { Case } from '../resolution/match.ts';
import { NOTHING_SAID } from '../resolution/question.ts';
import { ruleFor, type Rule } from '../resolution/rules.ts';
import { SEVERITIES } from '../words.ts';
import { type Cell, cellsOf, describeCells } from './cells.ts';
import {
  bySets,
  byStrength,
  type CharterChange,
  type Consequence,
  exactSpan,
  isSame,
  list,
  stageName,
  textOf,
} from './change.ts';

// Who decides what, case by case: what two charters answer, not how they were written.

interface Difference {
  readonly consequence: Consequence;
  readonly words: string;
}

function caseOf({ severity, environment, jurisdiction, classes }: Cell): Case {
  return {
    facts: NOTHING_SAID,
    severity: severity ?? SEVERITIES[0],
    environment: environment ?? 'any',
    jurisdiction: jurisdiction ?? 'any',
    classes,
    possibleClasses: classes,
    profile: 'staged',
    confidence: 'weak',
    assumed: [],
  };
}

function ladderChanges(before: RightMembers, after: RightMembers): readonly Difference[] {
  const seats = ({ decide }: RightMembers): readonly string[] =>
    (decide ?? []).map(({ seat }) => seat);
  const [from, to] = [seats(before), seats(after)];
  if (!isSame(from, to)) {
    const words = `moves from ${from.join(', then ') || 'nobody'} to ${to.join(', then ') || 'nobody'}`;
    return [{ consequence: 'moves', words }];
  }
  return (before.decide ?? []).flatMap((old, at): readonly Difference[] => {
    const fresh = after.decide?.[at];
    if (fresh === undefined || isSame(old, fresh)) return [];
    const times = (one: typeof old): string => {
      const share = one.decideShare === null ? '' : `${one.decideShare * 100}% of the clock`;
      const decide = one.decideMs === null ? share : exactSpan(one.decideMs);
      const asked = one.acknowledgeMs === null ? '' : `, ${exactSpan(one.acknowledgeMs)} to answer`;
      const warm = one.warmMs === null ? '' : `, warned ${exactSpan(one.warmMs)} before`;
      return `${decide} to decide${asked}${warm}${one.lastResort ? ', as the last resort' : ''}`;
    };
    const length = (one: typeof old): number => one.decideMs ?? one.decideShare ?? 0;
    const isLonger = length(fresh) > length(old);
    const consequence = length(fresh) === length(old) ? 'moves' : isLonger ? 'loosens' : 'tightens';
    return [{ consequence, words: `gives ${old.seat} ${times(fresh)} instead of ${times(old)}` }];
  });
}

function deadlineText(deadline: Deadline | undefined): string {
  if (deadline === undefined) return 'nothing said';
  const { guarantee, after, meanwhile, keep, repageMs, prepare, show, follow } = deadline;
  const when = after === 'last-rung' ? 'after the last rung' : `after ${exactSpan(after)}`;
  const parts = [
    guarantee === null ? null : `${stageName(guarantee)} ${when}`,
    meanwhile === null
      ? null
      : `${stageName(meanwhile.guarantee)} meanwhile, after ${exactSpan(meanwhile.afterMs)}`,
    keep === null ? null : `keep ${keep}`,
    prepare === null ? null : `prepare ${prepare}`,
    show === null ? null : `show ${show}`,
    follow === null ? null : `follow the ${follow}`,
    repageMs === null ? null : `page again every ${exactSpan(repageMs)}`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

function deadlineChange(before: RightMembers, after: RightMembers): readonly Difference[] {
  const [old, fresh] = [before.atDeadline, after.atDeadline];
  if (isSame(old, fresh)) return [];
  const [from, to] = [old?.guarantee ?? null, fresh?.guarantee ?? null];
  const consequence = from === to ? 'moves' : byStrength(from, to);
  const words = `ends, when nobody answers, with ${deadlineText(fresh)} instead of ${deadlineText(old)}`;
  return [{ consequence, words }];
}

function approvalChange(before: RightMembers, after: RightMembers): readonly Difference[] {
  const [old, fresh] = [before.approve, after.approve];
  if (isSame(old, fresh)) return [];
  const text = (approve: typeof old): string => {
    if (approve === undefined) return 'no approval';
    const stage = approve.before === null ? '' : ` before ${stageName(approve.before)}`;
    const apart = approve.distinctFromDecider ? '' : ' (the decider may approve too)';
    const material = approve.whenMaterial === null ? '' : ' when it is material';
    return `${approve.count} approval(s) of ${list(approve.from)}${stage}${material}${apart}`;
  };
  const [from, to] = [old?.count ?? 0, fresh?.count ?? 0];
  const seats = bySets(old?.from ?? [], fresh?.from ?? []);
  const consequence = from === to ? seats : to > from ? 'tightens' : 'loosens';
  return [{ consequence, words: `wants ${text(fresh)} instead of ${text(old)}` }];
}

function otherChanges(before: RightMembers, after: RightMembers): readonly Difference[] {
  const differences: Difference[] = [];
  if (before.withoutApproval !== after.withoutApproval) {
    const [from, to] = [before.withoutApproval ?? null, after.withoutApproval ?? null];
    const words = `goes as far as ${stageName(to)} without approval instead of ${stageName(from)}`;
    differences.push({ consequence: byStrength(from, to), words });
  }
  if (before.handOff !== after.handOff) {
    const consequence = after.handOff === 'cumulative' ? 'loosens' : 'tightens';
    const words = `is handed off ${after.handOff ?? 'as usual'} instead of ${before.handOff ?? 'as usual'}`;
    differences.push({ consequence, words });
  }
  if (!isSame(before.requires, after.requires)) {
    const consequence = after.requires === undefined ? 'loosens' : 'moves';
    const words = `requires ${textOf(after.requires)} instead of ${textOf(before.requires)}`;
    differences.push({ consequence, words });
  }
  const plain = [
    ['recommend', 'is recommended by'],
    ['advise', 'is advised by'],
    ['execute', 'is carried out by'],
    ['ownSideCut', 'has as its own side’s cut'],
    ['rejectHoldsMs', 'holds a no for (ms)'],
    ['forEach', 'is decided for each'],
    ['clock', 'runs under the clock'],
    ['party', 'is owed by'],
  ] as const;
  for (const [member, verb] of plain) {
    if (isSame(before[member], after[member])) continue;
    const words = `${verb} ${textOf(after[member])} instead of ${textOf(before[member])}`;
    differences.push({ consequence: 'moves', words });
  }
  return differences;
}

function differencesOf(before: Rule | null, after: Rule | null): readonly Difference[] {
  if (before === null && after === null) return [];
  if (after === null) return [{ consequence: 'loosens', words: 'is nobody’s any more' }];
  if (before === null) {
    const seats = (after.members.decide ?? []).map(({ seat }) => seat);
    return [{ consequence: 'tightens', words: `was nobody’s and is decided by ${list(seats)}` }];
  }
  const [old, fresh] = [before.members, after.members];
  return [
    ...ladderChanges(old, fresh),
    ...deadlineChange(old, fresh),
    ...approvalChange(old, fresh),
    ...otherChanges(old, fresh),
  ];
}

export function rightChanges(before: Charter, after: Charter): readonly CharterChange[] {
  return DECISION_KINDS.flatMap((decision) => {
    const all = cellsOf([before, after], decision);
    const found = new Map<string, { difference: Difference; cells: Cell[] }>();
    const known = new Map<string, readonly Difference[]>();
    for (const cell of all) {
      const given = caseOf(cell);
      const [old, fresh] = [ruleFor(before, decision, given), ruleFor(after, decision, given)];
      const pair = `${old?.from.join() ?? ''}|${fresh?.from.join() ?? ''}`;
      const differences = known.get(pair) ?? differencesOf(old, fresh);
      known.set(pair, differences);
      for (const difference of differences) {
        const entry = found.get(difference.words) ?? { difference, cells: [] };
        entry.cells.push(cell);
        found.set(difference.words, entry);
      }
    }
    return [...found.values()].flatMap(({ difference: { consequence, words }, cells }) =>
      describeCells(cells, all, decision).map((where) => ({
        consequence,
        about: 'right',
        words: `${where} ${words}`,
      })),
    );
  });
}
