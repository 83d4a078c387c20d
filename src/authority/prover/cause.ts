import { toTimestamp } from '../../kernel/index.ts';
import { isAbsent } from '../roster/duty.ts';
import type { Interval } from '../roster/intervals.ts';
import type { Place, Refused } from './model.ts';
import type { Ground } from './ground.ts';
import { originOf, type SeatOrigin, type Source, sourcesOf } from './sources.ts';
import { valueAt } from './timeline.ts';
import { cityOf, offsetMs, offsetPairs, seasonAt, seasonText } from './zones.ts';

/** As long as a week without any shift. */
const EDGE_MS = 8 * 86_400_000;

/** Why nobody sits there during one interval; equal texts are one cause. */
export interface Cause {
  readonly kind: 'without' | 'absence' | 'contract' | 'clocks' | 'hours' | 'empty';
  readonly text: string;
  readonly place: Place;
  /** What ends where the hole begins, and begins where the hole ends. */
  readonly before: Source | null;
  readonly after: Source | null;
}

export interface SeatView {
  readonly seat: string;
  readonly jurisdiction: string | null;
  readonly origin: SeatOrigin;
  readonly sources: readonly Source[];
  readonly zones: readonly string[];
  /** By the instant at which one ends, and at which one begins. */
  readonly ends: Turns;
  readonly begins: Turns;
}

export function viewSeat(ground: Ground, seat: string, jurisdiction: string | null): SeatView {
  const { charter, roster, window } = ground;
  const origin = originOf(charter, seat, jurisdiction);
  // Wider than the window: what bounds a hole at its edge begins or ends outside.
  const around = { fromMs: window.fromMs - EDGE_MS, untilMs: window.untilMs + EDGE_MS };
  const sources = sourcesOf(charter, roster, origin, around);
  const zones = [...new Set(sources.map(({ zone }) => zone))];
  const [ends, begins] = [turnsOf(sources, 'untilMs'), turnsOf(sources, 'fromMs')];
  return { seat, jurisdiction, origin, sources, zones, ends, begins };
}

function names(ground: Ground, people: readonly string[]): string {
  return people.map((id) => ground.roster.people.get(id)?.name ?? id).join(', ');
}

function seatPlace(ground: Ground, view: SeatView): Place {
  const [roster] = view.origin.rosters;
  if (view.origin.isSun || roster === undefined) {
    return { file: 'charter', path: ['seats', view.origin.seat] };
  }
  return { file: 'roster', path: ['rosters', roster] };
}

type Turns = ReadonlyMap<number, Source>;

/** Of several at one instant the first in the order of the files. */
function turnsOf(sources: readonly Source[], end: 'fromMs' | 'untilMs'): Turns {
  const turns = new Map<number, Source>();
  for (const source of sources) {
    for (const period of source.periods) {
      if (!turns.has(period[end])) turns.set(period[end], source);
    }
  }
  return turns;
}

/** What ends where the hole begins, and begins where it ends; where the window cuts it off, the nearest outside. */
function edgesOf(
  window: Interval,
  { ends, begins }: SeatView,
  hole: Interval,
): Pick<Cause, 'before' | 'after'> & { readonly whole: Interval } {
  const earlier = (): number => Math.max(...[...ends.keys()].filter((atMs) => atMs < hole.fromMs));
  const later = (): number => Math.min(...[...begins.keys()].filter((atMs) => atMs > hole.untilMs));
  const fromMs = hole.fromMs > window.fromMs || ends.has(hole.fromMs) ? hole.fromMs : earlier();
  const untilMs =
    hole.untilMs < window.untilMs || begins.has(hole.untilMs) ? hole.untilMs : later();
  return {
    before: ends.get(fromMs) ?? null,
    after: begins.get(untilMs) ?? null,
    whole: { fromMs, untilMs },
  };
}

/** The cause is what would have to be otherwise for somebody to be there: tried in turn, the first that helps is named. */
export function causeOf(ground: Ground, view: SeatView, hole: Interval): Cause {
  const { charter, roster } = ground;
  const place = seatPlace(ground, view);
  const found = edgesOf(ground.window, view, hole);
  const edges = { before: found.before, after: found.after };
  const wouldBe = (variant: Ground): readonly string[] => {
    const crowd = valueAt(variant.cover.seat(view.seat, view.jurisdiction), hole.fromMs);
    return crowd === null ? [] : ground.crowds.people(crowd);
  };
  const missed = wouldBe(ground.withEverybody());
  if (missed.length > 0) {
    const text = `${names(ground, missed)} ${missed.length > 1 ? 'are' : 'is'} taken away by assumption`;
    return { kind: 'without', text, place, ...edges };
  }
  const away = wouldBe(ground.withoutAbsences());
  if (away.length > 0) {
    const at = roster.absences.findIndex(
      ({ person, fromMs, untilMs }) =>
        away.includes(person) && fromMs <= hole.fromMs && hole.fromMs < untilMs,
    );
    const absence: Place = at < 0 ? place : { file: 'roster', path: ['absences', at] };
    const text = `${names(ground, away)} ${away.length > 1 ? 'are' : 'is'} away`;
    return { kind: 'absence', text, place: absence, ...edges };
  }
  const { party } = view.origin;
  const contract = party === null ? null : (charter.parties.get(party)?.contract ?? null);
  if (party !== null && contract !== null && contract.untilMs <= hole.fromMs) {
    const path = ['parties', party, 'contract', 'until'];
    const text = `the contract of ${party} ends at ${toTimestamp(contract.untilMs)}`;
    return { kind: 'contract', text, place: { file: 'charter', path }, ...edges };
  }
  return hoursCause(view, hole, place, found);
}

function hoursCause(
  view: SeatView,
  hole: Interval,
  place: Place,
  found: ReturnType<typeof edgesOf>,
): Cause {
  const { whole, ...edges } = found;
  const { before, after } = edges;
  if (before === null || after === null) {
    const { rosters } = view.origin;
    const where =
      rosters.length === 0
        ? `seat ${view.seat} has no roster`
        : `nobody has a shift in ${rosters.join(', ')}`;
    return { kind: 'empty', text: where, place, ...edges };
  }
  const hours = `${before.label} ends at ${before.to} ${cityOf(before.zone)} time and ${after.label} begins at ${after.from} ${cityOf(after.zone)} time`;
  const at: Place = { ...before.place, path: [...before.place.path, 'to'] };
  const season = meetsAtOtherOffsets(before, after, whole)
    ? seasonAt(view.zones, hole.fromMs)
    : null;
  if (season === null) return { kind: 'hours', text: hours, place: at, ...edges };
  return { kind: 'clocks', text: `${seasonText(season)}: ${hours}`, place: at, ...edges };
}

/** The same hours meet when the clocks of the two stand to one another as they do at another time of the year. */
function meetsAtOtherOffsets(before: Source, after: Source, hole: Interval): boolean {
  if (before.zone === after.zone) return false;
  const lengthMs = hole.untilMs - hole.fromMs;
  const here = offsetMs(before.zone, hole.fromMs);
  const there = offsetMs(after.zone, hole.untilMs);
  return offsetPairs(before.zone, after.zone, hole.fromMs).some(
    ([one, other]) => lengthMs + (one - here) - (other - there) <= 0,
  );
}

/** Everybody who might have sat there, and why not. */
export function refusedAt(ground: Ground, view: SeatView, atMs: number): readonly Refused[] {
  const { roster, crowds, removed } = ground;
  const gone = crowds.people(removed);
  const listed = view.origin.rosters.flatMap((name) =>
    (roster.rosters.get(name) ?? []).map(({ person }) => person),
  );
  const seen = new Set<string>();
  return listed.flatMap((person): readonly Refused[] => {
    if (seen.has(person)) return [];
    seen.add(person);
    if (gone.includes(person)) {
      return [{ person, reason: 'without', why: 'taken away by assumption, or out of reach' }];
    }
    if (isAbsent(roster, person, atMs)) return [{ person, reason: 'absent', why: 'is away' }];
    return [
      {
        person,
        reason: 'off-shift',
        why: 'has no shift then',
      },
    ];
  });
}
