import { AUTHENTICITIES, CONFIDENCES, toTimestamp } from '../../kernel/index.ts';
import type { Charter, Mandate } from '../charter/model.ts';
import {
  byNumber,
  bySets,
  byStrength,
  type CharterChange,
  type Consequence,
  exactSpan,
  isSame,
  list,
  opposite,
  stageName,
  textOf,
} from './change.ts';

// What is neither a right nor a seat.

const MODES = ['shadow', 'ask', 'act'] as const;

interface Turned {
  readonly words: string;
  readonly consequence: Consequence;
}

function turned(words: string, before: number, after: number, moreIsLooser = true): Turned[] {
  if (before === after) return [];
  const consequence = byNumber(before, after);
  return [{ words, consequence: moreIsLooser ? consequence : opposite(consequence) }];
}

function whenChanges(old: Mandate, fresh: Mandate): readonly Turned[] {
  const [was, is] = [old.when, fresh.when];
  const members = ['class', 'severity', 'environment', 'jurisdiction', 'signal'] as const;
  const sets = members.flatMap((member): readonly Turned[] => {
    const [from, to] = [[...(was[member] ?? [])].sort(), [...(is[member] ?? [])].sort()];
    if (isSame(from, to)) return [];
    // Not said means any.
    const consequence =
      to.length === 0 ? 'loosens' : from.length === 0 ? 'tightens' : bySets(from, to);
    const words = `covers ${member} ${list(to, 'any')} instead of ${list(from, 'any')}`;
    return [{ words, consequence }];
  });
  const order = (words: readonly string[], word: string): number => words.indexOf(word);
  return [
    ...sets,
    ...turned(
      `asks for ${is.authenticity} signals instead of ${was.authenticity} ones`,
      order(AUTHENTICITIES, was.authenticity),
      order(AUTHENTICITIES, is.authenticity),
      false,
    ),
    ...turned(
      `asks for ${is.confidence} confidence instead of ${was.confidence}`,
      order(CONFIDENCES, was.confidence),
      order(CONFIDENCES, is.confidence),
      false,
    ),
    ...turned(
      `asks for ${is.sources} source(s) instead of ${was.sources}`,
      was.sources,
      is.sources,
      false,
    ),
  ];
}

function mandateDifferences(old: Mandate, fresh: Mandate): readonly Turned[] {
  const found: Turned[] = [
    ...turned(
      `is in mode ${fresh.mode} instead of ${old.mode}`,
      MODES.indexOf(old.mode),
      MODES.indexOf(fresh.mode),
    ),
    ...whenChanges(old, fresh),
    ...turned(
      `ends at ${toTimestamp(fresh.untilMs)} instead of ${toTimestamp(old.untilMs)}`,
      old.untilMs,
      fresh.untilMs,
    ),
  ];
  if (old.upTo !== fresh.upTo) {
    const words = `reaches ${stageName(fresh.upTo)} instead of ${stageName(old.upTo)}`;
    found.push({ words, consequence: byStrength(old.upTo, fresh.upTo) });
  }
  const [oldWindow, window] = [old.thenRevokeWindowMs, fresh.thenRevokeWindowMs];
  if (oldWindow !== window) {
    const text = (ms: number | null): string =>
      ms === null ? 'never revokes' : `revokes after ${exactSpan(ms)}`;
    const words = `${text(window)}; before, it ${text(oldWindow)}`;
    // A shorter window leaves less time to say that it is benign.
    const consequence = byNumber(oldWindow ?? Infinity, window ?? Infinity);
    found.push({ words, consequence: opposite(consequence) });
  }
  const plain = [
    ['widen', 'widens to'],
    ['unlessBenignBy', 'is stopped by the word of'],
    ['beforeIsolationMs', 'waits before isolation for (ms)'],
    ['rehearsed', 'must be rehearsed as'],
    ['openIncident', 'treats an open incident as'],
  ] as const;
  for (const [member, verb] of plain) {
    const [from, to] = [old[member], fresh[member]].map((one) => textOf(sortedLists(one)));
    if (from === to) continue;
    const words = `${verb} ${to ?? ''} instead of ${from ?? ''}`;
    found.push({ words, consequence: 'moves' });
  }
  return found;
}

function mandateChanges(before: Charter, after: Charter): readonly CharterChange[] {
  const ids = [...new Set([...before.mandates, ...after.mandates].map(({ id }) => id))];
  return ids.flatMap((id): readonly CharterChange[] => {
    const about = 'mandate';
    const [old, fresh] = [before, after].map(({ mandates }) =>
      mandates.find((one) => one.id === id),
    );
    if (fresh === undefined) {
      return [{ about, consequence: 'tightens', words: `mandate ${id} is gone` }];
    }
    if (old === undefined) {
      const { mode, upTo, untilMs } = fresh;
      const consequence = mode === 'act' ? 'loosens' : 'moves';
      const words = `mandate ${id} is new: mode ${mode}, up to ${stageName(upTo)}, until ${toTimestamp(untilMs)}`;
      return [{ about, consequence, words }];
    }
    return mandateDifferences(old, fresh).map(({ words, consequence }) => ({
      about,
      consequence,
      words: `mandate ${id} ${words}`,
    }));
  });
}

function fuseChanges({ fuses: before }: Charter, { fuses: after }: Charter) {
  const names = ['automaticCuts', 'sameSource', 'servicesDown', 'evidenceMs', 'decisionsAPerson'];
  const [old, fresh] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return names.flatMap((name): readonly CharterChange[] => {
    const [was, is]: readonly unknown[] = [old.get(name), fresh.get(name)];
    if (isSame(was, is)) return [];
    const about = 'fuse';
    const words = `fuse ${name} is ${textOf(is)} instead of ${textOf(was)}`;
    if (is === null) return [{ about, consequence: 'loosens', words }];
    if (was === null) return [{ about, consequence: 'tightens', words }];
    const [from, to] = [rateOf(was), rateOf(is)];
    const consequence = from === to ? 'moves' : byNumber(from, to);
    return [{ about, consequence, words }];
  });
}

/** How much passes before it blows. */
function rateOf(fuse: unknown): number {
  if (typeof fuse === 'number') return fuse;
  if (typeof fuse !== 'object' || fuse === null || !('limit' in fuse)) return 0;
  const per = 'perMs' in fuse && typeof fuse.perMs === 'number' ? fuse.perMs : 1;
  return Number(fuse.limit) / per;
}

function guards(
  about: string,
  what: string,
  before: readonly unknown[],
  after: readonly unknown[],
): readonly CharterChange[] {
  const [old, fresh] = [before.map(textOf), after.map(textOf)];
  const gone = old.filter((text) => !fresh.includes(text));
  const added = fresh.filter((text) => !old.includes(text));
  return [
    ...gone.map((text) => ({
      about,
      consequence: 'loosens' as const,
      words: `${what} ${text} is gone`,
    })),
    ...added.map((text) => ({
      about,
      consequence: 'tightens' as const,
      words: `${what} ${text} is new`,
    })),
  ];
}

/** What comes first is no more and no less authority. */
function evidenceChanges({ evidence: old }: Charter, { evidence: fresh }: Charter) {
  const name = (tree: Charter['evidence'][number], place: number): string =>
    `${place + 1}. ${textOf(tree)}`;
  const [was, is] = [old.map(name), fresh.map(name)];
  const told = (text: string, now: string): CharterChange => ({
    about: 'evidence',
    consequence: 'moves',
    words: `evidence ${text} is ${now}`,
  });
  return [
    ...was.filter((text) => !is.includes(text)).map((text) => told(text, 'gone')),
    ...is.filter((text) => !was.includes(text)).map((text) => told(text, 'new')),
  ];
}

function separationOf(charter: Charter): readonly unknown[] {
  return charter.separation.map((one) =>
    one.rule === 'never-same-person'
      ? { ...one, acts: one.acts.map(textOf).sort() }
      : { ...one, roles: one.roles.toSorted() },
  );
}

function protectionChanges(before: Charter, after: Charter): readonly CharterChange[] {
  const about = 'protected';
  const key = (one: Charter['protections'][number]): string => one.identity ?? one.class ?? '';
  const keys = [...new Set([...before.protections, ...after.protections].map(key))];
  return keys.flatMap((name): readonly CharterChange[] => {
    const [old, fresh] = [before, after].map(({ protections }) =>
      protections
        .filter((one) => key(one) === name)
        .map((one) => ({ ...one, path: one.path.toSorted() })),
    );
    if (isSame(old, fresh)) return [];
    const [was, is] = [old?.[0], fresh?.[0]];
    if (is === undefined) {
      return [{ about, consequence: 'loosens', words: `${name} is no longer protected` }];
    }
    const text = (one: typeof is): string =>
      `up to ${stageName(one.max)}, then through ${list(one.path)}`;
    if (was === undefined) {
      const words = `${name} is protected: ${text(is)}`;
      return [{ about, consequence: 'tightens', words }];
    }
    const consequence = was.max === is.max ? 'moves' : byStrength(was.max, is.max);
    return [
      { about, consequence, words: `${name} is protected ${text(is)} instead of ${text(was)}` },
    ];
  });
}

/** Quorums and bounds: fewer people, or a wider bound, loosens. */
function boundChanges(before: Charter, after: Charter): readonly CharterChange[] {
  const rows: readonly (readonly [string, string, unknown, unknown, number, number])[] = [
    [
      'signed',
      'the next revision is adopted by',
      { ...before.signed, of: before.signed?.of.toSorted() },
      { ...after.signed, of: after.signed?.of.toSorted() },
      -(before.signed?.count ?? 0),
      -(after.signed?.count ?? 0),
    ],
    [
      'break-glass',
      'break-glass wants',
      { ...before.breakGlass, from: before.breakGlass?.from.toSorted() },
      { ...after.breakGlass, from: after.breakGlass?.from.toSorted() },
      -(before.breakGlass?.quorum ?? Infinity),
      -(after.breakGlass?.quorum ?? Infinity),
    ],
    [
      'reset-fuse',
      'to reset a fuse this many must agree:',
      before.resetFuseQuorum,
      after.resetFuseQuorum,
      -before.resetFuseQuorum,
      -after.resetFuseQuorum,
    ],
    [
      'threshold',
      'the threshold lies between',
      before.threshold,
      after.threshold,
      -before.threshold.floor - before.threshold.ceiling,
      -after.threshold.floor - after.threshold.ceiling,
    ],
    [
      'inherit',
      'descendants inherit',
      before.inherit,
      after.inherit,
      before.inherit?.limit ?? 0,
      after.inherit?.limit ?? 0,
    ],
  ];
  return rows.flatMap(([about, verb, old, fresh, from, to]): readonly CharterChange[] => {
    if (isSame(old, fresh)) return [];
    const consequence = from === to ? 'moves' : byNumber(from, to);
    return [{ about, consequence, words: `${verb} ${textOf(fresh)} instead of ${textOf(old)}` }];
  });
}

function entriesChanges(
  about: string,
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): readonly CharterChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((name): readonly CharterChange[] => {
    const [old, fresh] = [before.get(name), after.get(name)];
    if (isSame(old, fresh)) return [];
    if (fresh === undefined)
      return [{ about, consequence: 'moves', words: `${about} ${name} is gone` }];
    const instead = old === undefined ? '' : ` instead of ${textOf(old)}`;
    return [
      { about, consequence: 'moves', words: `${about} ${name} is ${textOf(fresh)}${instead}` },
    ];
  });
}

function sortedLists(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(sortedLists).sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, sortedLists(one)]));
}

function settled(entries: Iterable<readonly [string, unknown]>): ReadonlyMap<string, unknown> {
  return new Map([...entries].map(([name, value]) => [name, sortedLists(value)]));
}

export function restChanges(before: Charter, after: Charter): readonly CharterChange[] {
  const classes = ({ classes: all }: Charter) => settled(all.map((one) => [one.name, one]));
  const ways = ({ decideBy }: Charter): readonly string[] => decideBy?.allowed ?? [];
  const two = ({ decideBy }: Charter): readonly string[] => decideBy?.twoIndependentFor ?? [];
  const grounds = ({ conflictOfInterest }: Charter): readonly string[] =>
    conflictOfInterest?.grounds ?? [];
  const lookBack = ({ conflictOfInterest }: Charter): ReadonlyMap<string, unknown> =>
    new Map([['look-back', conflictOfInterest?.lookBackMs]]);
  return [
    ...entriesChanges(
      'unknown',
      new Map(Object.entries(before.unknown)),
      new Map(Object.entries(after.unknown)),
    ),
    ...entriesChanges('party', settled(before.parties), settled(after.parties)),
    ...entriesChanges(
      'jurisdiction',
      settled(before.jurisdictionFacts),
      settled(after.jurisdictionFacts),
    ),
    ...entriesChanges('class', classes(before), classes(after)),
    ...mandateChanges(before, after),
    ...protectionChanges(before, after),
    ...guards('separation', 'the separation', separationOf(before), separationOf(after)),
    ...guards('conflict-of-interest', 'the ground', grounds(before), grounds(after)),
    ...entriesChanges('conflict-of-interest', lookBack(before), lookBack(after)),
    ...fuseChanges(before, after),
    ...evidenceChanges(before, after),
    ...boundChanges(before, after),
    ...entriesChanges('channel', settled(before.channels), settled(after.channels)),
    ...guards('decide-by', 'two independent ways for', two(before), two(after)),
    ...guards('decide-by', 'the way to answer', ways(before), ways(after)).map((change) => ({
      ...change,
      consequence: opposite(change.consequence),
    })),
    ...entriesChanges('effective', instantOf(before), instantOf(after)),
  ];
}

function instantOf(charter: Charter): ReadonlyMap<string, unknown> {
  return new Map([['from', toTimestamp(charter.effectiveMs)]]);
}
