import type { LegalClock } from '../charter/model.ts';
import type { Interval } from '../roster/intervals.ts';
import type { Cell } from './cells.ts';
import { type Context, judgeLadder, placeOfRight } from './context.ts';
import type { Hole } from './model.ts';
import { leftWith } from './people.ts';
import { always } from './rules.ts';
import { factsIn } from './staffed.ts';
import { mapped, piecesWhere } from './timeline.ts';
import { duration } from './words.ts';

const DAY_MS = 86_400_000;

interface HalfClock {
  readonly regulator: string;
  readonly jurisdiction: string | null;
  readonly halfMs: number;
}

/** Business days count as days here: a day that does not count only gives more time. */
function halves(context: Context, clock: LegalClock): readonly HalfClock[] {
  const { jurisdictionFacts } = context.ground.charter;
  return [...clock.due].flatMap(([regulator, due]) => {
    const lengthMs = 'elapsedMs' in due ? due.elapsedMs : due.businessDays * DAY_MS;
    const places = [...jurisdictionFacts].filter(([, facts]) =>
      facts.regulators.includes(regulator),
    );
    const names = places.length === 0 ? [null] : places.map(([name]) => name);
    return names.map((jurisdiction) => ({ regulator, jurisdiction, halfMs: lengthMs / 2 }));
  });
}

/** Moments of awareness after which no adviser comes before half of the clock is gone. */
function tooLong(empty: readonly Interval[], halfMs: number): readonly Interval[] {
  return empty
    .filter(({ fromMs, untilMs }) => untilMs - fromMs >= halfMs)
    .map(({ fromMs, untilMs }) => ({ fromMs, untilMs: untilMs - halfMs + 1 }));
}

function adviserOf(context: Context, cell: Cell): readonly Hole[] {
  const { cover, crowds, charter } = context.ground;
  const { advise, clock } = cell.members;
  if (advise === undefined || clock === undefined) return [];
  const right = cell.givenBy.advise?.id ?? cell.right.id;
  return halves(context, clock).flatMap(({ regulator, jurisdiction, halfMs }) => {
    if (jurisdiction !== null && !cell.facts.jurisdiction.includes(jurisdiction)) return [];
    const timeline = cover.seats(advise.seats, jurisdiction);
    const intervals = tooLong(
      piecesWhere(timeline, (crowd) => crowd === crowds.empty),
      halfMs,
    );
    if (intervals.length === 0) return [];
    const hole = always(context, {
      check: 'law.adviser',
      cause: `whoever becomes aware then has no adviser (${advise.seats.join(', ')}) for ${duration(halfMs)}: half of the clock of ${regulator}`,
      facts: factsIn(cell.facts, jurisdiction),
      right,
      at: placeOfRight(charter, right, 'advise'),
      remedy: `Let somebody of ${advise.seats.join(', ')} be there at least every ${duration(halfMs)}.`,
    });
    return [{ ...hole, intervals, seat: advise.seats[0] ?? null }];
  });
}

export function advisers(context: Context): readonly Hole[] {
  const seen = new Set<string>();
  return context.cells.cells.flatMap((cell) =>
    adviserOf(context, cell).filter(({ right, cause }) => {
      const key = `${right ?? ''} ${cause}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    }),
  );
}

/** A duty cannot be handed to the provider: with all of its people silent, somebody of the party that owes decides. */
export function providersSilent(context: Context): readonly Hole[] {
  const { charter, cover, crowds, roster } = context.ground;
  const duties = context.cells.cells.filter(
    ({ decision }) => decision === 'disclose' || decision === 'notify',
  );
  const seen = new Set<string>();
  return charter.classes.flatMap(({ name, match }) =>
    (match.operator ?? []).flatMap((operator) => {
      const silent = crowds.of(
        [...roster.people.values()]
          .filter(({ employer }) => employer === operator)
          .map(({ id }) => id),
      );
      const own = [...charter.seats].filter(
        ([, seat]) => seat.fill === 'roster' && seat.party === operator,
      );
      const theirs = new Set(own.map(([seat]) => seat));
      return duties.flatMap((cell) => {
        const right = cell.givenBy.decide?.id ?? cell.right.id;
        if (cell.facts.class.length > 0 && !cell.facts.class.includes(name)) return [];
        const owes = cell.members.party?.get(name) ?? null;
        const seats = (cell.members.decide ?? []).map(({ seat }) => seat);
        const key = JSON.stringify([name, operator, seats, owes]);
        if (seen.has(key)) return [];
        seen.add(key);
        if (owes === operator) return [];
        const left = seats.filter((seat) => !theirs.has(seat));
        const people = mapped(cover.seats(left, null), (crowd) => crowds.minus(crowd, silent));
        const cause = `${operator} operates ${name}; when it is silent nobody decides what ${owes ?? 'we'} owe${owes === null ? '' : 's'}`;
        return judgeLadder(context, people, 0, (ladder, combination) =>
          ladder.length > 0 ? null : leftWith(context, combination, crowds.people(silent), cause),
        ).map((judged): Hole => ({
          ...always(context, {
            check: 'law.provider-silent',
            severity: judged.severity,
            cause: judged.text,
            facts: { ...cell.facts, class: [name] },
            right,
            at: placeOfRight(charter, right, 'decide'),
            remedy: `Put a seat of your own on the ladder of ${right}.`,
          }),
          intervals: judged.intervals,
        }));
      });
    }),
  );
}
