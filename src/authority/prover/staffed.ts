import { type Interval } from '../roster/intervals.ts';
import type { Cell } from './cells.ts';
import { EVERY } from './cells.ts';
import { type Cause, causeOf, refusedAt, type SeatView, viewSeat } from './cause.ts';
import type { Ground } from './ground.ts';
import type { CellFacts, Hole } from './model.ts';
import { remedyOf } from './remedy.ts';
import { piecesWhere } from './timeline.ts';

/** The jurisdictions that make a difference to some seats; one null when none does. */
export function jurisdictionsFor(
  ground: Ground,
  facts: CellFacts,
  seats: readonly string[],
): readonly (string | null)[] {
  if (!seats.some((seat) => ground.cover.isLocal(seat))) return [null];
  const named = facts.jurisdiction.filter((one) => one !== EVERY);
  return named.length === 0 ? [null] : named;
}

export interface RungUse {
  readonly seat: string;
  readonly jurisdiction: string | null;
  readonly cell: Cell;
  readonly rung: number;
  /** `contain.sev1, rung 2`. */
  readonly also: readonly string[];
}

/** Every seat that some rung asks, once for each jurisdiction, with all places where it stands; or each of these by itself. */
export function rungUses(
  ground: Ground,
  cells: readonly Cell[],
  eachRung = false,
): readonly RungUse[] {
  const uses = new Map<string, { first: RungUse; places: Set<string> }>();
  for (const cell of cells) {
    const by = cell.givenBy.decide?.id ?? cell.right.id;
    for (const [rung, { seat }] of (cell.members.decide ?? []).entries()) {
      const place = `${by}, rung ${rung + 1}`;
      for (const jurisdiction of jurisdictionsFor(ground, cell.facts, [seat])) {
        const key = JSON.stringify([seat, jurisdiction, eachRung ? place : null]);
        const known = uses.get(key);
        if (known !== undefined) known.places.add(place);
        else {
          const first = { seat, jurisdiction, cell, rung, also: [] };
          uses.set(key, { first, places: new Set([place]) });
        }
      }
    }
  }
  return [...uses.values()].map(({ first, places }) => ({ ...first, also: [...places].slice(1) }));
}

interface Group {
  readonly cause: Cause;
  readonly holes: Interval[];
}

function byCause(ground: Ground, view: SeatView, holes: readonly Interval[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const hole of holes) {
    const cause = causeOf(ground, view, hole);
    const group = groups.get(cause.text) ?? { cause, holes: [] };
    groups.set(cause.text, group);
    group.holes.push(hole);
  }
  return [...groups.values()];
}

export function factsIn(facts: CellFacts, jurisdiction: string | null): CellFacts {
  return jurisdiction === null ? facts : { ...facts, jurisdiction: [jurisdiction] };
}

/** `people.rung-staffed`: a rung that nobody sits on is a hole, also when the next one is there. */
export function unstaffedRungs(ground: Ground, cells: readonly Cell[]): readonly Hole[] {
  const { cover, crowds } = ground;
  return rungUses(ground, cells).flatMap((use) => {
    const { seat, jurisdiction, cell, rung, also } = use;
    const empty = piecesWhere(cover.seat(seat, jurisdiction), (crowd) => crowd === crowds.empty);
    if (empty.length === 0) return [];
    const view = viewSeat(ground, seat, jurisdiction);
    return byCause(ground, view, empty).map(({ cause, holes }): Hole => {
      const remedy = remedyOf(ground, view, cause, holes);
      return {
        check: 'people.rung-staffed',
        severity: 'gap',
        intervals: holes,
        cause: cause.text,
        facts: factsIn(cell.facts, jurisdiction),
        right: cell.givenBy.decide?.id ?? cell.right.id,
        rung,
        seat,
        refused: refusedAt(ground, view, holes[0]?.fromMs ?? ground.window.fromMs),
        also,
        at: cause.place,
        remedy: remedy.text,
        edits: remedy.edits,
        zones: view.zones,
      };
    });
  });
}
