import type { Charter } from '../charter/model.ts';
import type { Interval } from '../roster/intervals.ts';
import type { DecisionKind } from '../words.ts';
import type { Cell, Cells } from './cells.ts';
import type { Ground } from './ground.ts';
import type { Place } from './model.ts';
import { quorumMet } from './quorum.ts';
import { jurisdictionsFor } from './staffed.ts';
import { combine, constant, mapped, type Piece, piecesWhere, type Timeline } from './timeline.ts';

/** What every check reads. */
export interface Context {
  readonly ground: Ground;
  readonly cells: Cells;
  /** People whom contracts keep from deciding this. */
  readonly barred: (decision: DecisionKind) => number;
  readonly ladders: readonly LadderUse[];
  readonly glass: Glass;
}

/** The same seats asked for one decision or several: judged once, told with all the places where they stand. */
export interface LadderUse {
  readonly seats: readonly string[];
  readonly jurisdiction: string | null;
  readonly cell: Cell;
  readonly also: readonly string[];
  readonly people: Timeline;
}

/** The quorum that is left when a ladder is empty, as one number for each combination of people at its seats. */
export interface Glass {
  readonly timeline: Timeline;
  readonly isMet: (combination: number, removed: ReadonlySet<string>) => boolean;
  readonly people: (combination: number) => ReadonlySet<string>;
}

export function placeOfRight(charter: Charter, id: string, member: string): Place {
  const index = charter.rights.findIndex((right) => right.id === id);
  if (id === 'reset-fuse') return { file: 'charter', path: ['reset-fuse', member] };
  return { file: 'charter', path: index < 0 ? ['rights'] : ['rights', index, member] };
}

function barredFrom(ground: Ground, decision: DecisionKind): number {
  const { charter, roster, crowds } = ground;
  const people = [...roster.people.values()].filter(({ employer }) => {
    const contract = employer === null ? null : charter.parties.get(employer)?.contract;
    return contract?.mayDecide?.includes(decision) === false;
  });
  return crowds.of(people.map(({ id }) => id));
}

function laddersOf(
  ground: Ground,
  cells: readonly Cell[],
  barred: Context['barred'],
): readonly LadderUse[] {
  const uses = new Map<string, { use: Omit<LadderUse, 'also'>; places: Set<string> }>();
  for (const cell of cells) {
    const seats = [...new Set((cell.members.decide ?? []).map(({ seat }) => seat))];
    const place = `${cell.givenBy.decide?.id ?? cell.right.id} (${cell.decision})`;
    for (const jurisdiction of jurisdictionsFor(ground, cell.facts, seats)) {
      const key = JSON.stringify([seats, jurisdiction, barred(cell.decision)]);
      const known = uses.get(key);
      if (known !== undefined) {
        known.places.add(place);
        continue;
      }
      const all = ground.cover.seats(seats, jurisdiction);
      const people = mapped(all, (crowd) => ground.crowds.minus(crowd, barred(cell.decision)));
      uses.set(key, { use: { seats, jurisdiction, cell, people }, places: new Set([place]) });
    }
  }
  return [...uses.values()].map(({ use, places }) => ({ ...use, also: [...places].slice(1) }));
}

/** Who could sit on each of these seats, as one number for each combination. */
export function combinationsOf(
  ground: Ground,
  seats: readonly string[],
): {
  readonly timeline: Timeline;
  readonly crowds: (combination: number) => readonly (readonly string[])[];
} {
  const { cover, crowds, window } = ground;
  const combinations: (readonly number[])[] = [[]];
  const numbers = new Map<string, number>([['', 0]]);
  const extend = (before: number, crowd: number): number => {
    const next = [...(combinations[before] ?? []), crowd];
    const key = next.join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, combinations.length);
    return combinations.push(next) - 1;
  };
  const timeline = seats.reduce(
    (before, seat) => combine(before, cover.seat(seat, null), extend),
    constant(window, 0),
  );
  return {
    timeline,
    crowds: (combination) => (combinations[combination] ?? []).map((crowd) => crowds.people(crowd)),
  };
}

function glassOf(ground: Ground): Glass {
  const { charter, roster } = ground;
  const glass = charter.breakGlass;
  const { timeline, crowds } = combinationsOf(ground, glass?.from ?? []);
  return {
    timeline,
    people: (combination) => new Set(crowds(combination).flat()),
    isMet: (combination, removed) => {
      if (glass === null) return false;
      const seats = crowds(combination).map((people) =>
        people.filter((person) => !removed.has(person)),
      );
      return quorumMet(roster, seats, glass.quorum, glass.distinct);
    },
  };
}

export function createContext(ground: Ground, cells: Cells): Context {
  const masks = new Map<DecisionKind, number>();
  const barred = (decision: DecisionKind): number => {
    const known = masks.get(decision) ?? barredFrom(ground, decision);
    masks.set(decision, known);
    return known;
  };
  return {
    ground,
    cells,
    barred,
    ladders: laddersOf(ground, cells.cells, barred),
    glass: glassOf(ground),
  };
}

/** What is wrong in one combination of a ladder and the break-glass quorum; null = nothing. */
export interface Verdict {
  readonly text: string;
  readonly severity: 'critical' | 'gap' | 'notice';
  readonly people: readonly string[];
}

export interface Judged extends Verdict {
  readonly intervals: readonly Interval[];
}

/** Numbers of crowds and combinations stay far below it, so that two of them make one key. */
const KEY_BASE = 2 ** 26;
const NOTHING = -1;

/**
 * Judges each combination of two things once, and says when it holds. Equal texts are one finding. Where the left one
 * does not matter the right one is not looked at: most minutes have enough people.
 */
export function judgePair(
  left: Timeline,
  right: Timeline,
  matters: (left: number) => boolean,
  judge: (left: number, right: number) => Verdict | null,
): readonly Judged[] {
  const scant = mapped(left, (value) => (matters(value) ? value : NOTHING));
  if (!scant.values.some((value) => value !== NOTHING)) return [];
  const verdicts: (Verdict | null)[] = [null];
  const numbers = new Map<number, number>();
  const texts = new Map<string, number>();
  const both = combine(scant, right, (one, other) => {
    if (one === NOTHING) return 0;
    const key = one * KEY_BASE + other;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const verdict = judge(one, other);
    const text = verdict === null ? '' : `${verdict.severity} ${verdict.text}`;
    const number = verdict === null ? 0 : (texts.get(text) ?? verdicts.push(verdict) - 1);
    texts.set(text, number);
    numbers.set(key, number);
    return number;
  });
  const found = Map.groupBy(
    piecesWhere(both, (number) => number > 0),
    ({ value }: Piece) => value,
  );
  return [...found].flatMap(([number, intervals]) => {
    const verdict = verdicts[number] ?? null;
    return verdict === null ? [] : [{ ...verdict, intervals }];
  });
}

export type LadderJudge = (ladder: readonly string[], combination: number) => Verdict | null;

/** `most`: ladders with more people than this are sound, whoever they are. */
export function judgeLadder(
  { ground, glass }: Context,
  people: Timeline,
  most: number,
  judge: LadderJudge,
): readonly Judged[] {
  const { crowds } = ground;
  return judgePair(
    people,
    glass.timeline,
    (crowd) => crowds.size(crowd) <= most,
    (crowd, combination) => judge(crowds.people(crowd), combination),
  );
}
