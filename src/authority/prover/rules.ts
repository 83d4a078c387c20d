import { AUTHENTICITIES, CONFIDENCES, GUARANTEES, isAtLeast } from '../../kernel/index.ts';
import type { Charter, Mandate, RightMembers } from '../charter/model.ts';
import { circlesOf, circleText } from '../charter/overlap.ts';
import { SEVERITIES, type Severity } from '../words.ts';
import { type Cell, membersFor } from './cells.ts';
import { type Context, placeOfRight } from './context.ts';
import type { CellFacts, CheckName, Hole, Place } from './model.ts';
import { duration } from './words.ts';

// What rules say, whoever sits where: these holes are as long as the window.

export const ANY_FACTS: CellFacts = {
  decision: [],
  class: [],
  severity: [],
  environment: [],
  jurisdiction: [],
};

interface RuleHole {
  readonly check: CheckName;
  readonly severity?: Hole['severity'];
  readonly cause: string;
  readonly facts?: CellFacts;
  readonly right?: string | null;
  readonly at: Place;
  readonly remedy: string;
  readonly edits?: Hole['edits'];
}

export function always({ ground }: Context, hole: RuleHole): Hole {
  return {
    severity: 'gap',
    intervals: [ground.window],
    facts: ANY_FACTS,
    right: null,
    rung: null,
    seat: null,
    refused: [],
    also: [],
    edits: [],
    zones: [],
    ...hole,
  };
}

export function oneRight(context: Context): readonly Hole[] {
  const { charter } = context.ground;
  return context.cells.unanswered.map(({ decision, facts, contested }) => {
    if (contested === null) {
      return always(context, {
        check: 'rules.one-right',
        severity: 'critical',
        cause: `no right says who decides ${decision} here`,
        facts,
        at: { file: 'charter', path: ['rights'] },
        remedy: `Add a right with decision: ${decision} and without \`when\`, for every case that no other names.`,
      });
    }
    const [one, other] = contested;
    const index = charter.rights.indexOf(other);
    return always(context, {
      check: 'rules.one-right',
      cause: `${one.id} and ${other.id} both answer ${decision} here, and neither overrides the other`,
      facts,
      right: other.id,
      at: { file: 'charter', path: ['rights', index] },
      remedy: `Name ${one.id} in the overrides of ${other.id}.`,
      edits: [
        {
          file: 'charter',
          path: ['rights', index, 'overrides'],
          value: [...other.overrides, one.id],
        },
      ],
    });
  });
}

export function deadRights(context: Context): readonly Hole[] {
  const { charter } = context.ground;
  const alive = new Set(
    context.cells.cells.flatMap(({ givenBy }) => Object.values(givenBy).map(({ id }) => id)),
  );
  return charter.rights
    .filter(({ id }) => !alive.has(id))
    .map(({ id }) =>
      always(context, {
        check: 'rules.dead-right',
        cause: `${id} never says anything: no case comes to it, or others replace all of its members`,
        right: id,
        at: { file: 'charter', path: ['rights', charter.rights.findIndex((one) => one.id === id)] },
        remedy: `Remove ${id}, or let it override the rights that replace it.`,
      }),
    );
}

export function cycles(context: Context): readonly Hole[] {
  const { charter } = context.ground;
  const ids = charter.rights.map(({ id }) => id);
  const overrides = circlesOf(ids, (id) => charter.rights[ids.indexOf(id)]?.overrides ?? []).map(
    (circle) => ({
      what: 'overrides go',
      circle,
      path: ['rights', ids.indexOf(circle[0] ?? ''), 'overrides'],
    }),
  );
  const seats = circlesOf([...charter.seats.keys()], (name) => {
    const seat = charter.seats.get(name);
    const then = seat?.fill === 'owner' || seat?.fill === 'jurisdiction' ? seat.orElse : null;
    return then === null ? [] : [then];
  }).map((circle) => ({
    what: 'orElse goes',
    circle,
    path: ['seats', circle[0] ?? '', 'orElse'],
  }));
  return [...overrides, ...seats].map(({ what, circle, path }) =>
    always(context, {
      check: 'rules.acyclic',
      severity: 'critical',
      cause: `${what} in a circle: ${circleText(circle)}`,
      at: { file: 'charter', path },
      remedy: 'Remove one of them.',
    }),
  );
}

interface Answer {
  readonly severity: Severity;
  readonly members: RightMembers;
}

function defaultMs({ decide = [], atDeadline }: RightMembers): number {
  if (atDeadline !== undefined && atDeadline.after !== 'last-rung') return atDeadline.after;
  return decide.reduce((sum, rung) => sum + (rung.decideMs ?? 0), 0);
}

/** How the graver case is treated worse; null = it is not. */
function worseThan(graver: Answer, lesser: Answer): string | null {
  const [one, other] = [graver.members.atDeadline, lesser.members.atDeadline];
  const of = `${graver.severity} than ${lesser.severity}`;
  if (one === undefined || other === undefined) return null;
  if (other.guarantee !== null) {
    if (one.guarantee === null || !isAtLeast(GUARANTEES, one.guarantee, other.guarantee)) {
      return `the default at the deadline is weaker in ${of}: ${one.guarantee ?? 'none'} beside ${other.guarantee}`;
    }
    const [sooner, later] = [defaultMs(graver.members), defaultMs(lesser.members)];
    if (sooner > later) {
      return `the default comes later in ${of}: after ${duration(sooner)} beside ${duration(later)}`;
    }
  }
  if (other.meanwhile === null) return null;
  if (one.meanwhile === null)
    return `nothing acts meanwhile in ${graver.severity}, but does in ${lesser.severity}`;
  if (!isAtLeast(GUARANTEES, one.meanwhile.guarantee, other.meanwhile.guarantee)) {
    return `what acts meanwhile is weaker in ${of}`;
  }
  return one.meanwhile.afterMs > other.meanwhile.afterMs
    ? `what acts meanwhile comes later in ${of}`
    : null;
}

function worseAnswer(charter: Charter, cell: Cell): readonly [string, Answer] | null {
  const { class: classes, environment, jurisdiction } = cell.facts;
  const place = { classes, environment: environment[0] ?? '', jurisdiction: jurisdiction[0] ?? '' };
  const answers = SEVERITIES.flatMap((severity) => {
    const members = membersFor(charter, 'contain', { ...place, severity });
    return members === null ? [] : [{ severity, members }];
  });
  for (const [at, lesser] of answers.entries()) {
    for (const graver of answers.slice(0, at)) {
      const worse = worseThan(graver, lesser);
      if (worse !== null) return [worse, graver];
    }
  }
  return null;
}

/** A case that is graver in one fact and the same in all others must not wait longer or end weaker. */
export function monotone(context: Context): readonly Hole[] {
  const { charter } = context.ground;
  const seen = new Set<string>();
  const rights = context.cells.cells.flatMap((cell) => {
    if (cell.decision !== 'contain') return [];
    const worse = worseAnswer(charter, cell);
    if (worse === null) return [];
    const [cause, { severity, members }] = worse;
    const by = cell.givenBy.atDeadline?.id ?? cell.right.id;
    const key = `${by} ${cause}`;
    if (seen.has(key) || members.atDeadline === undefined) return [];
    seen.add(key);
    return [
      always(context, {
        check: 'rules.monotone',
        cause,
        facts: { ...cell.facts, severity: [severity] },
        right: by,
        at: placeOfRight(charter, by, 'atDeadline'),
        remedy: `Let the right for ${severity} be at least as strong and as early.`,
      }),
    ];
  });
  return [...rights, ...mandatesOf(context)];
}

function holdsAll(
  wide: readonly string[] | undefined,
  narrow: readonly string[] | undefined,
): boolean {
  if (wide === undefined) return true;
  return narrow !== undefined && narrow.every((one) => wide.includes(one));
}

/** Acts in every case of the other, with the severity replaced, and goes at least as far. */
function coversAt(mandate: Mandate, other: Mandate, severity: Severity): boolean {
  const { when } = mandate;
  return (
    mandate.mode === 'act' &&
    isAtLeast(GUARANTEES, mandate.upTo, other.upTo) &&
    (when.severity?.includes(severity) ?? true) &&
    holdsAll(when.class, other.when.class) &&
    holdsAll(when.environment, other.when.environment) &&
    holdsAll(when.jurisdiction, other.when.jurisdiction) &&
    holdsAll(when.signal, other.when.signal) &&
    isAtLeast(AUTHENTICITIES, other.when.authenticity, when.authenticity) &&
    isAtLeast(CONFIDENCES, other.when.confidence, when.confidence) &&
    when.sources <= other.when.sources &&
    mandate.untilMs >= other.untilMs
  );
}

function mandatesOf(context: Context): readonly Hole[] {
  const { mandates } = context.ground.charter;
  return mandates.flatMap((mandate, index) => {
    const own = mandate.when.severity;
    if (mandate.mode !== 'act' || own === undefined) return [];
    const least = Math.max(...own.map((severity) => SEVERITIES.indexOf(severity)));
    const missing = SEVERITIES.slice(0, least).filter(
      (severity) =>
        !own.includes(severity) && !mandates.some((one) => coversAt(one, mandate, severity)),
    );
    const [severity] = missing;
    if (severity === undefined) return [];
    return [
      always(context, {
        check: 'rules.monotone',
        cause: `${mandate.id} acts in ${own.join(', ')} and nothing acts as far in ${missing.join(', ')}`,
        facts: {
          ...ANY_FACTS,
          decision: ['contain'],
          class: mandate.when.class ?? [],
          severity: missing,
        },
        at: { file: 'charter', path: ['mandates', index, 'when', 'severity'] },
        remedy: `Add ${missing.join(', ')} to its severity.`,
        edits: [
          {
            file: 'charter',
            path: ['mandates', index, 'when', 'severity'],
            value: [...missing, ...own],
          },
        ],
      }),
    ];
  });
}
