import { isAtLeast, GUARANTEES, type Guarantee, toTimestamp } from '../../kernel/index.ts';
import type { Protection } from '../charter/model.ts';
import type { Interval } from '../roster/intervals.ts';
import { type Context, judgePair, placeOfRight, type Verdict } from './context.ts';
import type { Hole } from './model.ts';
import { always, ANY_FACTS } from './rules.ts';
import { constant, piecesWhere } from './timeline.ts';

/** What is known of the targets in scope and of rehearsals: from a running server, not from the files. */
export interface Known {
  readonly targets?: readonly {
    readonly target: string;
    readonly guarantees: readonly { readonly guarantee: Guarantee; readonly reversible: boolean }[];
  }[];
  /** Last successful rehearsal by mandate; null = never. */
  readonly rehearsals?: ReadonlyMap<string, number | null>;
}

/** What acts by itself, at a deadline or meanwhile, or by a mandate, can be taken back wherever it may happen. */
export function reversible(context: Context, known: Known): readonly Hole[] {
  const { charter } = context.ground;
  const lasting = (known.targets ?? []).flatMap(({ target, guarantees }) =>
    guarantees.filter((one) => !one.reversible).map(({ guarantee }) => ({ target, guarantee })),
  );
  const lost = (guarantee: Guarantee | null | undefined): string[] =>
    guarantee === 'G5'
      ? ['every target']
      : lasting.filter((one) => one.guarantee === guarantee).map(({ target }) => target);
  const seen = new Set<string>();
  return context.cells.cells.flatMap((cell) => {
    const deadline = cell.members.atDeadline;
    const acting = [
      { name: 'the default at the deadline', guarantee: deadline?.guarantee },
      { name: 'what acts meanwhile', guarantee: deadline?.meanwhile?.guarantee },
    ];
    const right = cell.givenBy.atDeadline?.id ?? cell.right.id;
    return acting.flatMap(({ name, guarantee }) => {
      const targets = lost(guarantee);
      if (targets.length === 0 || seen.has(`${right} ${name}`)) return [];
      seen.add(`${right} ${name}`);
      return [
        always(context, {
          check: 'actions.reversible',
          cause: `${name} of ${right} goes to ${guarantee ?? ''}, which cannot be taken back on ${targets.join(', ')}`,
          facts: cell.facts,
          right,
          at: placeOfRight(charter, right, 'atDeadline'),
          remedy: 'Name a stage that can be taken back on all of them.',
        }),
      ];
    });
  });
}

/** After its end a mandate is silent and people are asked: told beforehand, so that nobody is surprised. */
export function mandateEnds(context: Context): readonly Hole[] {
  const { charter, window } = context.ground;
  return charter.mandates.flatMap((mandate, index) => {
    const { id, mode, untilMs, openIncident } = mandate;
    if (mode !== 'act' || untilMs >= window.untilMs) return [];
    const openHow =
      openIncident.graceMs === 0
        ? 'what it has begun stops where it stands'
        : 'what it has begun may finish';
    const hole = always(context, {
      check: 'actions.ends',
      severity: 'notice',
      cause: `from ${toTimestamp(untilMs)} on ${id} does not act: people are asked, and ${openHow}`,
      facts: { ...ANY_FACTS, decision: ['contain'], class: mandate.when.class ?? [] },
      at: { file: 'charter', path: ['mandates', index, 'until'] },
      remedy: 'Renew it in time, after a rehearsal.',
    });
    return [
      {
        ...hole,
        intervals: [{ fromMs: Math.max(untilMs, window.fromMs), untilMs: window.untilMs }],
      },
    ];
  });
}

/** When a party is gone, whoever executed for it is too: is there anybody else, or our own side? */
export function executorEnds(context: Context): readonly Hole[] {
  const { charter, cover, crowds } = context.ground;
  const seen = new Set<string>();
  return context.cells.cells.flatMap((cell) => {
    const { execute = [], ownSideCut } = cell.members;
    const right = cell.givenBy.execute?.id ?? cell.right.id;
    if (execute.length === 0 || seen.has(right)) return [];
    seen.add(right);
    if (execute.some((one) => one.by === 'runner')) return [];
    const seats = execute.flatMap((one) => (one.by === 'seat' ? [one] : []));
    const fallsBack =
      seats.some(({ onSilence }) => onSilence === 'own-side-cut') && ownSideCut !== undefined;
    const timeline = cover.seats(
      seats.map(({ seat }) => seat),
      null,
    );
    const empty = piecesWhere(timeline, (crowd) => crowd === crowds.empty);
    if (empty.length === 0) return [];
    const names = seats.map(({ seat }) => seat).join(', ');
    const hole = always(context, {
      check: 'actions.ends',
      severity: fallsBack ? 'notice' : 'gap',
      cause: fallsBack
        ? `nobody executes ${right} by hand (${names}); our own side cuts instead`
        : `nobody executes ${right}: ${names} is empty and nothing stands in for it`,
      facts: cell.facts,
      right,
      at: placeOfRight(charter, right, 'execute'),
      remedy:
        'Write onSilence: own-side-cut with own-side-cut, or let a runner or a seat of your own execute too.',
    });
    return [{ ...hole, intervals: empty }];
  });
}

/** Where at least one of the ways is open: a seat, the ladder of a right, or the quorum of break-glass. */
function openWays(context: Context, protection: Protection): readonly Interval[] {
  const { ground, glass, cells } = context;
  const { cover, crowds, window, charter } = ground;
  const seats = protection.path.flatMap((way) => {
    if (charter.seats.has(way)) return [way];
    const cell = cells.cells.find(
      ({ right, givenBy }) => right.id === way || givenBy.decide?.id === way,
    );
    return (cell?.members.decide ?? []).map(({ seat }) => seat);
  });
  const people = seats.length === 0 ? constant(window, crowds.empty) : cover.seats(seats, null);
  const byGlass = protection.path.includes('break-glass');
  const judge = (crowd: number, combination: number): Verdict | null =>
    crowd !== crowds.empty || (byGlass && glass.isMet(combination, new Set()))
      ? null
      : { text: 'closed', severity: 'gap', people: [] };
  return judgePair(people, glass.timeline, (crowd) => crowd === crowds.empty, judge).flatMap(
    ({ intervals }) => intervals,
  );
}

/** Protected means a slower way, never none. */
export function protectedWays(context: Context): readonly Hole[] {
  return context.ground.charter.protections.flatMap((protection, index) => {
    const { identity, class: name, rule, path, max } = protection;
    if (max !== null && isAtLeast(GUARANTEES, max, 'G5')) return [];
    const closed = openWays(context, protection);
    if (closed.length === 0) return [];
    const what = identity ?? (name === null ? (rule ?? 'it') : `class ${name}`);
    const hole = always(context, {
      check: 'actions.protected',
      cause: `${what} may not be cut beyond ${max ?? 'nothing'} by itself, and nobody is there on ${path.join(', ') || 'any way'}`,
      facts: { ...ANY_FACTS, class: name === null ? [] : [name] },
      at: { file: 'charter', path: ['protected', index, 'path'] },
      remedy: 'Add break-glass or a seat that is always filled to its path.',
    });
    return [{ ...hole, intervals: closed }];
  });
}

export function rehearsals(context: Context, known: Known): readonly Hole[] {
  const { charter, window } = context.ground;
  return charter.mandates.flatMap((mandate, index) => {
    const { id, rehearsed, mode } = mandate;
    if (rehearsed === null || mode !== 'act' || !known.rehearsals?.has(id)) return [];
    const lastMs = known.rehearsals.get(id) ?? null;
    const endMs = lastMs === null ? window.fromMs : lastMs + rehearsed.withinMs;
    const fromMs = Math.max(window.fromMs, endMs);
    // What will be rehearsed again in time is not known; what is stale now is.
    if (fromMs > window.fromMs) return [];
    return [
      always(context, {
        check: 'actions.rehearsal',
        cause: `${id} has ${lastMs === null ? 'never been rehearsed' : `last been rehearsed at ${toTimestamp(lastMs)}`}: it goes to ${rehearsed.downTo} only`,
        facts: { ...ANY_FACTS, decision: ['contain'], class: mandate.when.class ?? [] },
        at: { file: 'charter', path: ['mandates', index, 'rehearsed'] },
        remedy: 'Rehearse the cut on a canary identity of each target.',
      }),
    ];
  });
}
