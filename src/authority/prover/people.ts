import {
  type Context,
  judgeLadder,
  type Judged,
  type LadderJudge,
  type LadderUse,
  placeOfRight,
  type Verdict,
} from './context.ts';
import { furtherPerson } from './ladder-remedy.ts';
import type { CheckName, Hole, Refused } from './model.ts';
import { factsIn } from './staffed.ts';

interface LadderCheck {
  readonly check: CheckName;
  readonly reason: Refused['reason'];
  /** Ladders with more people than this are sound. */
  readonly most: number;
  readonly judge: (context: Context) => LadderJudge;
}

export function named(context: Context, people: readonly string[]): string {
  const names = people.map((id) => context.ground.roster.people.get(id)?.name ?? id);
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** After these people there is nobody on the ladder: does the last quorum stand? */
export function leftWith(
  { glass }: Context,
  combination: number,
  removed: readonly string[],
  text: string,
): Verdict {
  const isMet = glass.isMet(combination, new Set(removed));
  return isMet
    ? {
        text: `${text}; only the quorum of break-glass is left`,
        severity: 'notice',
        people: removed,
      }
    : { text: `${text}, and no quorum of break-glass either`, severity: 'gap', people: removed };
}

/** Why somebody is out of a ladder, in the assumption of a check. */
const OUT: Partial<Record<Refused['reason'], string>> = {
  absent: 'may be away',
  suspect: 'is the suspect, or manages the suspect',
  'over-load': 'is asked too much, or asleep',
  'out-of-reach': 'is reached by nothing else',
};

export function laddersHoles(
  context: Context,
  { check, reason, most, judge }: LadderCheck,
): readonly Hole[] {
  return context.ladders.flatMap((use) =>
    judgeLadder(context, use.people, most, judge(context)).map((judged) =>
      ladderHole(context, use, check, reason, judged, (changed) => {
        const same = changed.ladders.find((other) => other.jurisdiction === use.jurisdiction);
        if (same === undefined) return false;
        const left = judgeLadder(changed, same.people, most, judge(changed));
        return !left.some((one) => overlaps(one, judged));
      }),
    ),
  );
}

function overlaps(one: Judged, other: Judged): boolean {
  return one.intervals.some((left) =>
    other.intervals.some((right) => left.fromMs < right.untilMs && right.fromMs < left.untilMs),
  );
}

function ladderHole(
  context: Context,
  use: LadderUse,
  check: CheckName,
  reason: Refused['reason'],
  judged: Judged,
  isClosed: (changed: Context) => boolean,
): Hole {
  const { cell, jurisdiction, seats, also } = use;
  const right = cell.givenBy.decide?.id ?? cell.right.id;
  const remedy = furtherPerson(context, use, judged.people, isClosed);
  return {
    check,
    severity: judged.severity,
    intervals: judged.intervals,
    cause: judged.text,
    facts: factsIn(cell.facts, jurisdiction),
    right,
    rung: null,
    seat: seats.length === 1 ? (seats[0] ?? null) : null,
    refused: judged.people.map((person) => ({ person, reason, why: OUT[reason] ?? judged.text })),
    also,
    at: placeOfRight(context.ground.charter, right, 'decide'),
    remedy: remedy.text,
    edits: remedy.edits,
    zones: [],
  };
}

/** Nobody on any rung: what no assumption is needed for. */
export function emptyLadders(context: Context): readonly Hole[] {
  const judge: LadderCheck['judge'] = () => (ladder, combination) => {
    if (ladder.length > 0) return null;
    const verdict = leftWith(context, combination, [], 'no rung has anybody');
    return { ...verdict, severity: verdict.severity === 'notice' ? 'gap' : 'critical' };
  };
  return laddersHoles(context, {
    check: 'people.rung-staffed',
    reason: 'off-shift',
    most: 0,
    judge,
  });
}

export function* smallSets(people: readonly string[], size: number): Generator<readonly string[]> {
  yield [];
  if (size > 0) for (const person of people) yield [person];
  if (size < 2) return;
  for (const [at, person] of people.entries()) {
    for (const other of people.slice(at + 1)) yield [person, other];
  }
}

/**
 * Any so many people away at once. A ladder is emptied exactly when it has no more people than may be away: counting
 * them answers for every choice of people, and the witness is those who are left.
 */
export function absences(context: Context, absent: number): readonly Hole[] {
  const judge: LadderCheck['judge'] = (of) => (ladder, combination) => {
    if (ladder.length === 0 || ladder.length > absent) return null;
    const { glass } = of;
    for (const more of smallSets([...glass.people(combination)], absent - ladder.length)) {
      const removed = [...new Set([...ladder, ...more])];
      if (glass.isMet(combination, new Set(removed))) continue;
      const text = `with ${named(of, removed)} away nobody is left`;
      return leftWith(of, combination, removed, text);
    }
    return leftWith(of, combination, ladder, `with ${named(of, ladder)} away nobody is left`);
  };
  return laddersHoles(context, { check: 'people.absence', reason: 'absent', most: absent, judge });
}

/** Whoever owns, manages or last rotated what is suspect may be the suspect: they and, by conflict, their manager are out. */
export function suspects(context: Context): readonly Hole[] {
  const grounds = context.ground.charter.conflictOfInterest?.grounds ?? [];
  const judge: LadderCheck['judge'] = (of) => {
    const { people } = of.ground.roster;
    const managerOf = (id: string): string | null =>
      grounds.includes('manager-of') ? (people.get(id)?.manager ?? null) : null;
    return (ladder, combination) => {
      if (ladder.length === 0 || ladder.length > 2) return null;
      for (const person of ladder) {
        const manager = managerOf(person);
        const out = manager === null ? [person] : [person, manager];
        if (!ladder.every((one) => out.includes(one))) continue;
        const tie =
          manager !== null && ladder.includes(manager)
            ? `, and ${named(of, [manager])} manages them,`
            : '';
        return leftWith(
          of,
          combination,
          out,
          `when ${named(of, [person])} is the suspect${tie} nobody is left`,
        );
      }
      return null;
    };
  };
  return laddersHoles(context, { check: 'people.suspect', reason: 'suspect', most: 2, judge });
}

/** One person alone has nobody to hand on to, however many rungs their name stands on. */
export function loads(context: Context): readonly Hole[] {
  const fuse = context.ground.charter.fuses.decisionsAPerson;
  const judge: LadderCheck['judge'] = (of) => (ladder, combination) => {
    if (ladder.length !== 1) return null;
    const over = fuse === null ? 'is asleep' : `has been asked ${fuse.limit} times`;
    return leftWith(
      of,
      combination,
      ladder,
      `${named(of, ladder)} alone stands on every rung: when ${named(of, ladder)} ${over} nobody is left`,
    );
  };
  return laddersHoles(context, { check: 'people.load', reason: 'over-load', most: 1, judge });
}
