import { LIMITS } from '../../kernel/index.ts';
import type { Channel, Charter } from '../charter/model.ts';
import type { Person, Roster } from '../roster/model.ts';
import type { Cell } from './cells.ts';
import { type Context, placeOfRight } from './context.ts';
import type { Hole } from './model.ts';
import { laddersHoles, leftWith, named } from './people.ts';
import { always } from './rules.ts';
import { rungUses } from './staffed.ts';
import { duration } from './words.ts';
import { listed } from './zones.ts';

interface Way extends Channel {
  readonly name: string;
  readonly device: string | null;
}

/** Where a person can be reached; nothing said = every channel of the charter. */
export function waysOf(charter: Charter, person: Person): readonly Way[] {
  const all = [...charter.channels].map(([name, channel]) => ({ ...channel, name, device: null }));
  if (person.reach.length === 0) return all;
  return person.reach.flatMap(({ channel, device }) => {
    const known = charter.channels.get(channel);
    return known === undefined ? [] : [{ ...known, name: channel, device }];
  });
}

function stillUp(ways: readonly Way[], down: readonly string[]): readonly Way[] {
  return ways.filter(
    ({ name, depends }) => !down.includes(name) && !depends.some((one) => down.includes(one)),
  );
}

/** Everything that can fail by itself: each channel, and each thing that channels depend on. */
export function dependenciesOf(charter: Charter): readonly string[] {
  const depends = [...charter.channels.values()].flatMap((channel) => channel.depends);
  return [...new Set([...charter.channels.keys(), ...depends])];
}

/** People whom nothing reaches any more when these are down. */
export function outOfReach(
  charter: Charter,
  roster: Roster,
  down: readonly string[],
): readonly string[] {
  if (charter.channels.size === 0) return [];
  return [...roster.people.values()]
    .filter((person) => stillUp(waysOf(charter, person), down).length === 0)
    .map(({ id }) => id);
}

export function dependenciesDown(context: Context): readonly Hole[] {
  const { charter, roster } = context.ground;
  return dependenciesOf(charter).flatMap((down) => {
    const lost = new Set(outOfReach(charter, roster, [down]));
    if (lost.size === 0) return [];
    return laddersHoles(context, {
      check: 'paths.dependency-down',
      reason: 'out-of-reach',
      most: lost.size,
      judge: (of) => (ladder, combination) => {
        if (ladder.length === 0 || !ladder.every((person) => lost.has(person))) return null;
        // Codes of break-glass need no channel.
        const verdict = leftWith(
          of,
          combination,
          [],
          `with ${down} down nothing reaches ${named(of, ladder)}`,
        );
        return { ...verdict, people: ladder };
      },
    });
  });
}

/** The slowest that a page can be when any one thing is down: the best way that is left then. */
function worstWay(
  charter: Charter,
  person: Person,
): { readonly ms: number; readonly down: string } {
  const ways = waysOf(charter, person);
  let worst = { ms: 0, down: 'nothing' };
  for (const down of dependenciesOf(charter)) {
    const left = stillUp(ways, [down]).map(({ latencyMs }) => latencyMs);
    if (left.length === 0) continue;
    const ms = Math.min(...left);
    if (ms > worst.ms) worst = { ms, down };
  }
  return worst;
}

/** Who is on a seat at any time of the window. */
function everOn(context: Context, seat: string, jurisdiction: string | null): readonly Person[] {
  const { cover, crowds, roster } = context.ground;
  const timeline = cover.seat(seat, jurisdiction);
  const all = timeline.values.reduce(crowds.join, crowds.empty);
  return crowds.people(all).flatMap((id) => roster.people.get(id) ?? []);
}

export function acknowledgements(context: Context): readonly Hole[] {
  const { charter } = context.ground;
  const seen = new Set<string>();
  return rungUses(context.ground, context.cells.cells, true).flatMap(
    ({ seat, jurisdiction, cell, rung, also }) => {
      const acknowledgeMs = cell.members.decide?.[rung]?.acknowledgeMs ?? null;
      if (acknowledgeMs === null || charter.channels.size === 0) return [];
      const late = everOn(context, seat, jurisdiction).flatMap((person) => {
        const worst = worstWay(charter, person);
        return worst.ms + LIMITS.acknowledgeMarginMs > acknowledgeMs ? [{ person, ...worst }] : [];
      });
      const slowest = late.toSorted((left, right) => right.ms - left.ms)[0];
      if (slowest === undefined) return [];
      const right = cell.givenBy.decide?.id ?? cell.right.id;
      const key = `${right} ${rung}`;
      if (seen.has(key)) return [];
      seen.add(key);
      const neededMs = slowest.ms + LIMITS.acknowledgeMarginMs;
      const who = listed(late.map(({ person }) => person.name));
      const when = slowest.down === 'nothing' ? '' : ` when ${slowest.down} is down`;
      const at = placeOfRight(charter, right, 'decide');
      return [
        {
          ...always(context, {
            check: 'paths.acknowledge',
            cause: `a page to ${who} takes up to ${duration(slowest.ms)}${when}; with ${duration(LIMITS.acknowledgeMarginMs)} to read it that is more than the ${duration(acknowledgeMs)} to acknowledge`,
            facts: cell.facts,
            right,
            at: { ...at, path: [...at.path, rung, 'acknowledge'] },
            remedy: `Grant at least ${duration(neededMs)} to acknowledge, or give a faster channel.`,
            edits: [
              {
                file: 'charter',
                path: [...at.path, rung, 'acknowledge'],
                value: `PT${Math.ceil(neededMs / 1_000)}S`,
              },
            ],
          }),
          rung,
          seat,
          also,
        },
      ];
    },
  );
}

function shareNothing(one: Way, other: Way): boolean {
  return (
    one.name !== other.name &&
    !one.depends.some((name) => other.depends.includes(name)) &&
    (one.device === null || one.device !== other.device)
  );
}

export function independentWays(context: Context): readonly Hole[] {
  const { charter } = context.ground;
  return (charter.decideBy?.twoIndependentFor ?? []).flatMap((seat) =>
    everOn(context, seat, null).flatMap((person) => {
      const ways = waysOf(charter, person);
      if (ways.some((one) => ways.some((other) => shareNothing(one, other)))) return [];
      const hole = always(context, {
        check: 'paths.two-independent',
        cause: `${person.name} has no two channels that share nothing: ${ways.map(({ name }) => name).join(', ') || 'none at all'}`,
        at: { file: 'roster', path: ['people', person.id] },
        remedy: `Give ${person.name} a second way that depends on nothing of the first, on another device.`,
      });
      return [{ ...hole, seat }];
    }),
  );
}

/** An identity of this cell may be of the class: as the cell says, or because no right tells that class apart. */
function mayBeOf({ rights, classes }: Charter, { facts }: Cell, name: string): boolean {
  if (facts.class.includes(name)) return true;
  if (rights.some(({ when }) => when.class?.includes(name) === true)) return false;
  const of = classes.find((one) => one.name === name)?.match;
  return classes
    .filter((one) => facts.class.includes(one.name))
    .every(({ match }) => meets(of?.kind, match.kind) && meets(of?.operator, match.operator));
}

/** An identity has one kind and one operator. */
function meets(left: readonly string[] | undefined, right: readonly string[] | undefined): boolean {
  if (left === undefined || right === undefined) return true;
  return left.some((one) => right.includes(one));
}

/** A ladder that ends after the clock has run, or after the bound of the class, is no ladder. */
export function bounds(context: Context): readonly Hole[] {
  const { charter } = context.ground;
  const seen = new Set<string>();
  return context.cells.cells.flatMap((cell) => {
    const { decide = [], clock } = cell.members;
    const right = cell.givenBy.decide?.id ?? cell.right.id;
    const lastMs = decide.reduce((sum, rung) => sum + (rung.decideMs ?? 0), 0);
    const clocks = [...(clock?.due ?? [])].map(([name, due]) => ({
      name: `the clock of ${name}`,
      ms: 'elapsedMs' in due ? due.elapsedMs : due.businessDays * 86_400_000,
    }));
    const ofClasses = charter.classes.flatMap(({ name, withinMs }) =>
      cell.decision === 'contain' && withinMs != null && mayBeOf(charter, cell, name)
        ? [{ name: `the bound of class ${name}`, ms: withinMs }]
        : [],
    );
    const over = [...clocks, ...ofClasses].filter(({ ms }) => lastMs > ms);
    const share = decide.find(({ decideShare }) => decideShare !== null && decideShare > 1);
    const [first] = over;
    if (first === undefined && share === undefined) return [];
    const cause =
      first === undefined
        ? `a rung may decide after the clock has run: ${Math.round((share?.decideShare ?? 0) * 100)} % of it`
        : `the ladder takes ${duration(lastMs)}, ${first.name} is ${duration(first.ms)}`;
    if (seen.has(`${right} ${cause}`)) return [];
    seen.add(`${right} ${cause}`);
    return [
      always(context, {
        check: 'paths.bound',
        cause,
        facts: cell.facts,
        right,
        at: placeOfRight(charter, right, 'decide'),
        remedy: 'Give the rungs less time, or take one away.',
      }),
    ];
  });
}

/** Whoever operates what is cut loses their hands with it: somebody else has to be able to go on. */
export function executors(context: Context): readonly Hole[] {
  const { charter } = context.ground;
  const seen = new Set<string>();
  return context.cells.cells.flatMap((cell) => {
    const operators = charter.classes
      .filter(({ name }) => cell.facts.class.includes(name))
      .flatMap(({ match }) => match.operator ?? []);
    const { execute = [], ownSideCut } = cell.members;
    const right = cell.givenBy.execute?.id ?? cell.right.id;
    if (execute.length === 0 || operators.length === 0 || seen.has(right)) return [];
    const survives = execute.some((one) => {
      if (one.by === 'runner') return true;
      const seat = charter.seats.get(one.seat);
      const party = seat?.fill === 'roster' ? seat.party : null;
      if (party === null || !operators.includes(party)) return true;
      return one.onSilence === 'own-side-cut' && ownSideCut !== undefined;
    });
    if (survives) return [];
    seen.add(right);
    return [
      always(context, {
        check: 'paths.executor',
        cause: `only ${operators.join(', ')} executes ${right}, with the access that is cut`,
        facts: cell.facts,
        right,
        at: placeOfRight(charter, right, 'execute'),
        remedy: 'Write onSilence: own-side-cut with own-side-cut, or let a runner execute too.',
      }),
    ];
  });
}
