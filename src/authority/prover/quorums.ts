import type { Distinct } from '../charter/model.ts';
import type { DecisionKind } from '../words.ts';
import type { Cell } from './cells.ts';
import {
  combinationsOf,
  type Context,
  judgePair,
  type Judged,
  placeOfRight,
  type Verdict,
} from './context.ts';
import type { CellFacts, CheckName, Hole, Place } from './model.ts';
import { leftWith, named, smallSets } from './people.ts';
import { absencesToBreak, quorumMet } from './quorum.ts';
import { factsIn, jurisdictionsFor } from './staffed.ts';
import { combine, constant, mapped, type Timeline } from './timeline.ts';

const NO_FACTS: CellFacts = {
  decision: [],
  class: [],
  severity: [],
  environment: [],
  jurisdiction: [],
};

function approvalOf(context: Context, cell: Cell, absent: number): readonly Hole[] {
  const { ground, barred } = context;
  const { cover, crowds, charter } = ground;
  const approve = cell.members.approve;
  if (approve === undefined) return [];
  const { count, from, distinctFromDecider } = approve;
  const seats = (cell.members.decide ?? []).map(({ seat }) => seat);
  const out = barred(cell.decision);
  const eligible = (names: readonly string[], jurisdiction: string | null): Timeline => {
    const all = cover.seats(names, jurisdiction);
    return out === crowds.empty ? all : mapped(all, (crowd) => crowds.minus(crowd, out));
  };
  // With more approvers than that it can only be the deciders who are missing, which is told of the ladder itself.
  const isScant = (crowd: number): boolean => crowds.size(crowd) <= count + absent;
  const judge = (approvers: number, deciders: number): Verdict | null => {
    const decide = crowds.people(deciders);
    const approving = crowds.people(approvers);
    if (decide.length <= absent) return null;
    const fewest = absencesToBreak(new Set(decide), new Set(approving), count, distinctFromDecider);
    if (fewest > absent) return null;
    const beside = distinctFromDecider ? ' beside whoever decides' : '';
    const away = absent === 0 ? '' : ` when ${absent === 1 ? 'one is' : `${absent} are`} away`;
    const text = `${from.join(', ')} cannot give ${count} approval${count === 1 ? '' : 's'}${beside}${away}`;
    return { text, severity: 'gap', people: approving };
  };
  return jurisdictionsFor(ground, cell.facts, [...seats, ...from]).flatMap((jurisdiction) => {
    const approvers = eligible(from, jurisdiction);
    if (!approvers.values.some(isScant)) return [];
    const by = cell.givenBy.approve?.id ?? cell.right.id;
    return judgePair(approvers, eligible(seats, jurisdiction), isScant, judge).map((judged) =>
      quorumHole(judged, {
        check: 'people.quorum',
        facts: factsIn(cell.facts, jurisdiction),
        right: by,
        at: placeOfRight(charter, by, 'approve'),
        remedy: `Name a further seat in approve.from of ${by}, filled by other people than those who decide.`,
      }),
    );
  });
}

type QuorumPlace = Pick<Hole, 'check' | 'facts' | 'right' | 'at' | 'remedy'>;

function quorumHole(judged: Judged, place: QuorumPlace): Hole {
  const { text, severity, intervals, people } = judged;
  const reason = 'nobody';
  return {
    ...place,
    severity,
    intervals,
    cause: text,
    rung: null,
    seat: null,
    refused: people.map((person) => ({ person, reason, why: text })),
    also: [],
    edits: [],
    zones: [],
  };
}

/** Equal questions of different cells are judged once. */
export function approvals(context: Context, absent: number): readonly Hole[] {
  const seen = new Set<string>();
  return context.cells.cells.flatMap((cell) => {
    const { decide = [], approve } = cell.members;
    if (approve === undefined) return [];
    const key = JSON.stringify([
      decide.map(({ seat }) => seat),
      approve.from,
      approve.count,
      approve.distinctFromDecider,
      context.barred(cell.decision),
      jurisdictionsFor(context.ground, cell.facts, [
        ...decide.map(({ seat }) => seat),
        ...approve.from,
      ]),
    ]);
    if (seen.has(key)) return [];
    seen.add(key);
    return approvalOf(context, cell, absent);
  });
}

interface Quorum {
  readonly check: CheckName;
  readonly name: string;
  readonly seats: readonly string[];
  readonly count: number;
  readonly distinct: readonly Distinct[];
  readonly decision: readonly DecisionKind[];
  readonly at: Place;
}

function quorumsOf({ ground }: Context): readonly Quorum[] {
  const { breakGlass, signed, rights, resetFuseQuorum } = ground.charter;
  const at = (...path: string[]): Place => ({ file: 'charter', path });
  const glass: Quorum[] =
    breakGlass === null
      ? []
      : [
          {
            check: 'people.quorum',
            name: 'break-glass',
            seats: breakGlass.from,
            count: breakGlass.quorum,
            distinct: breakGlass.distinct,
            decision: [],
            at: at('break-glass', 'quorum'),
          },
        ];
  const signatures: Quorum[] =
    signed === null
      ? []
      : [
          {
            check: 'people.quorum',
            name: 'signing a revision',
            seats: signed.of,
            count: signed.count,
            distinct: signed.distinct,
            decision: ['adopt-charter'],
            at: at('signed', 'requires'),
          },
        ];
  const reset = rights.find(({ id }) => id === 'reset-fuse');
  const fuse: Quorum[] =
    reset === undefined
      ? []
      : [
          {
            check: 'actions.fuse',
            name: 'resetting a fuse',
            seats: (reset.decide ?? []).map(({ seat }) => seat),
            count: resetFuseQuorum,
            distinct: ['person'],
            decision: ['reset-fuse'],
            at: at('reset-fuse', 'quorum'),
          },
        ];
  return [...glass, ...signatures, ...fuse];
}

export function quorums(context: Context, absent: number): readonly Hole[] {
  const { ground } = context;
  return quorumsOf(context).flatMap((quorum) => {
    const { timeline, crowds } = combinationsOf(ground, quorum.seats);
    const judge = (combination: number): Verdict | null => {
      const seats = crowds(combination);
      const people = [...new Set(seats.flat())];
      for (const away of smallSets(people, absent)) {
        const left = seats.map((seat) => seat.filter((person) => !away.includes(person)));
        if (quorumMet(ground.roster, left, quorum.count, quorum.distinct)) continue;
        const without = away.length === 0 ? '' : ` with ${named(context, away)} away`;
        const text = `${quorum.name} needs ${quorum.count} different people${without}, and they are not there`;
        return { text, severity: 'gap', people: away };
      }
      return null;
    };
    return judgePair(timeline, constant(ground.window, 0), () => true, judge).map((judged) =>
      quorumHole(judged, {
        check: quorum.check,
        facts: { ...NO_FACTS, decision: quorum.decision },
        right: quorum.decision[0] === 'reset-fuse' ? 'reset-fuse' : null,
        at: quorum.at,
        remedy: `Name a further seat for ${quorum.name}, or add people to the rosters of ${quorum.seats.join(', ')}.`,
      }),
    );
  });
}

interface Side {
  readonly cell: Cell;
  readonly people: Timeline;
  readonly jurisdiction: string | null;
}

/** Those who may do an act, once for each combination of seats. */
function sidesOf(
  { ground, cells, barred }: Context,
  decision: DecisionKind,
  role: string,
): readonly Side[] {
  const { cover, crowds } = ground;
  const sides = new Map<string, Side>();
  for (const cell of cells.cells) {
    if (cell.decision !== decision) continue;
    const { decide = [], approve } = cell.members;
    const seats = role === 'approve' ? (approve?.from ?? []) : decide.map(({ seat }) => seat);
    for (const jurisdiction of jurisdictionsFor(ground, cell.facts, seats)) {
      const key = JSON.stringify([seats, jurisdiction]);
      if (sides.has(key) || seats.length === 0) continue;
      const all = cover.seats(seats, jurisdiction);
      const people = mapped(all, (crowd) => crowds.minus(crowd, barred(decision)));
      sides.set(key, { cell, people, jurisdiction });
    }
  }
  return [...sides.values()];
}

/** INVARIANT of the rule: people, after substitution. Who did the one may be the only one left for the other. */
export function separations(context: Context): readonly Hole[] {
  const { ground, glass } = context;
  const { crowds, charter } = ground;
  return charter.separation.flatMap((rule, index) => {
    if (rule.rule !== 'never-same-person') return [];
    const pairs = rule.acts.flatMap((first) =>
      rule.acts.filter((then) => then !== first).map((then) => [first, then] as const),
    );
    return pairs.flatMap(([first, then]) => {
      const text = `${first.role} ${first.decision}`;
      const next = `${then.role} ${then.decision}`;
      const alone = sidesOf(context, then.decision, then.role).filter(({ people }) =>
        people.values.some((crowd) => crowds.size(crowd) === 1),
      );
      return sidesOf(context, first.decision, first.role).flatMap((one) =>
        alone.flatMap((other) => {
          // Only where somebody alone could do both; elsewhere nothing has to be judged.
          const both = combine(one.people, other.people, (left, right) =>
            crowds.size(right) === 1 && crowds.minus(right, left) === crowds.empty
              ? right
              : crowds.empty,
          );
          const judge = (crowd: number, combination: number): Verdict | null => {
            const people = crowds.people(crowd);
            if (people.length === 0) return null;
            const cause = `${named(context, people)} may ${text} and alone could then ${next}`;
            return leftWith(context, combination, people, cause);
          };
          const by = other.cell.givenBy.decide?.id ?? other.cell.right.id;
          return judgePair(both, glass.timeline, (crowd) => crowd !== crowds.empty, judge).map(
            (judged) =>
              quorumHole(judged, {
                check: 'people.separation',
                facts: factsIn(other.cell.facts, other.jurisdiction),
                right: by,
                at: { file: 'charter', path: ['separation', index] },
                remedy: `Add a person to a seat of ${by} who does not ${text}.`,
              }),
          );
        }),
      );
    });
  });
}
