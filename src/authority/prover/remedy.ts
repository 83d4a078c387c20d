import { assertNever, toTimestamp } from '../../kernel/index.ts';
import type { Charter, Seat } from '../charter/model.ts';
import { intersect, type Interval } from '../roster/intervals.ts';
import type { Roster, Shift } from '../roster/model.ts';
import type { Cause, SeatView } from './cause.ts';
import type { Ground } from './ground.ts';
import type { Edit } from './model.ts';
import type { Source } from './sources.ts';
import { piecesWhere } from './timeline.ts';

/** A change that closes a hole, as a person reads it and as a program applies it. */
export interface Remedy {
  readonly text: string;
  readonly edits: readonly Edit[];
}

interface Attempt extends Remedy {
  readonly ground: () => Ground;
}

const DAY_MINUTES = 1_440;
/** Nobody is asked to work longer than this on top of a shift; beyond it another person is needed. */
const STRETCH_MS_MAX = 4 * 3_600_000;

function laterBy(time: string, ms: number): string {
  const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)) + Math.ceil(ms / 60_000);
  const wrapped = ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
  const pad = (part: number): string => String(part).padStart(2, '0');
  return `${pad(Math.floor(wrapped / 60))}:${pad(wrapped % 60)}`;
}

function withSeat(charter: Charter, name: string, seat: Seat): Charter {
  return { ...charter, seats: new Map([...charter.seats, [name, seat]]) };
}

function withShifts(roster: Roster, name: string, shifts: readonly Shift[]): Roster {
  return { ...roster, rosters: new Map([...roster.rosters, [name, shifts]]) };
}

/** The same ground with one wall time of a leg or shift moved. */
function moved(ground: Ground, source: Source, end: 'from' | 'to', time: string): Ground {
  const { charter, roster } = ground;
  const at = source.in;
  if ('seat' in at) {
    const seat = charter.seats.get(at.seat);
    if (seat?.fill !== 'sun') return ground;
    const legs = seat.legs.map((leg, index) => (index === at.leg ? { ...leg, [end]: time } : leg));
    return ground.changed({ charter: withSeat(charter, at.seat, { ...seat, legs }) });
  }
  const shifts = (roster.rosters.get(at.roster) ?? []).map((shift, index) =>
    index === at.shift && shift.kind === 'weekly' ? { ...shift, [end]: time } : shift,
  );
  return ground.changed({ roster: withShifts(roster, at.roster, shifts) });
}

function longerShifts(ground: Ground, cause: Cause, longestMs: number): readonly Attempt[] {
  if (longestMs > STRETCH_MS_MAX) return [];
  const attempt = (source: Source | null, end: 'from' | 'to'): readonly Attempt[] => {
    if (source === null) return [];
    const time = laterBy(source[end], end === 'to' ? longestMs : -longestMs);
    const verb = end === 'to' ? 'end' : 'begin';
    return [
      {
        text: `Let ${source.label} ${verb} at ${time} instead of ${source[end]}.`,
        edits: [{ ...source.place, path: [...source.place.path, end], value: time }],
        ground: () => moved(ground, source, end, time),
      },
    ];
  };
  return [...attempt(cause.before, 'to'), ...attempt(cause.after, 'from')];
}

/** A roster that is always there takes what the legs leave over. */
function fallbackRosters(ground: Ground, view: SeatView): readonly Attempt[] {
  const seat = ground.charter.seats.get(view.origin.seat);
  if (seat?.fill !== 'sun') return [];
  const known = [...ground.roster.rosters.keys()];
  const own = view.origin.rosters;
  const names = [...own, ...known.filter((name) => !own.includes(name))];
  return names.map((name) => ({
    text: `Write \`otherwise: { roster: ${name} }\`: it has somebody then.`,
    edits: [
      { file: 'charter', path: ['seats', view.origin.seat, 'otherwise'], value: { roster: name } },
    ],
    ground: () =>
      ground.changed({
        charter: withSeat(ground.charter, view.origin.seat, { ...seat, otherwise: name }),
      }),
  }));
}

/** Colleagues first: the same employer, then the same manager. */
function furtherPeople(ground: Ground, view: SeatView): readonly Attempt[] {
  const { roster, crowds, removed } = ground;
  const [name] = view.origin.rosters;
  if (name === undefined) return [];
  const shifts = roster.rosters.get(name) ?? [];
  const listed = shifts.map(({ person }) => person);
  const gone = crowds.people(removed);
  const [first] = listed.map((id) => roster.people.get(id));
  const likeness = (id: string): number => {
    const person = roster.people.get(id);
    const employer = person?.employer === first?.employer ? 2 : 0;
    return employer + (person?.manager === first?.manager ? 1 : 0);
  };
  return [...roster.people.keys()]
    .filter((id) => !gone.includes(id))
    .toSorted((left, right) => likeness(right) - likeness(left))
    .map((person) => ({
      text: `Add somebody to roster ${name} who is there then, for example \`{ person: ${person}, always: true }\`.`,
      edits: [
        {
          file: 'roster',
          path: ['rosters', name, 'shifts', shifts.length],
          value: { person, always: true },
        },
      ],
      ground: () =>
        ground.changed({
          roster: withShifts(roster, name, [...shifts, { kind: 'always', person }]),
        }),
    }));
}

function longerContract(ground: Ground, view: SeatView): readonly Attempt[] {
  const { party } = view.origin;
  const known = party === null ? undefined : ground.charter.parties.get(party);
  const contract = known?.contract ?? null;
  if (party === null || known === undefined || contract === null) return [];
  const untilMs = ground.window.untilMs;
  const parties = new Map([
    ...ground.charter.parties,
    [party, { ...known, contract: { ...contract, untilMs } }],
  ]);
  return [
    {
      text: `Renew the contract of ${party}, or let a seat of your own stand there.`,
      edits: [
        {
          file: 'charter',
          path: ['parties', party, 'contract', 'until'],
          value: toTimestamp(untilMs),
        },
      ],
      ground: () => ground.changed({ charter: { ...ground.charter, parties } }),
    },
  ];
}

function attempts(
  ground: Ground,
  view: SeatView,
  cause: Cause,
  longestMs: number,
): readonly Attempt[] {
  const others = [...fallbackRosters(ground, view), ...furtherPeople(ground, view)];
  switch (cause.kind) {
    case 'clocks':
    case 'hours':
      return [...longerShifts(ground, cause, longestMs), ...others];
    case 'without':
    case 'absence':
    case 'empty':
      return others;
    case 'contract':
      return [...longerContract(ground, view), ...others];
    default:
      return assertNever(cause.kind);
  }
}

/** The first change that is tried and found to close all of them; what did not help is not advised. */
export function remedyOf(
  ground: Ground,
  view: SeatView,
  cause: Cause,
  holes: readonly Interval[],
): Remedy {
  const longestMs = holes.reduce((longest, one) => Math.max(longest, one.untilMs - one.fromMs), 0);
  for (const { text, edits, ground: changed } of attempts(ground, view, cause, longestMs)) {
    const after = changed();
    const empty = piecesWhere(
      after.cover.seat(view.seat, view.jurisdiction),
      (crowd) => crowd === ground.crowds.empty,
    );
    if (intersect(holes, empty).length === 0) return { text, edits };
  }
  const text =
    'Nobody of this roster file is there then: hire, or let a seat of another party take it.';
  return { text, edits: [] };
}
