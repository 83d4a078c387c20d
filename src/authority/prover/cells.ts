import { present } from '../../kernel/index.ts';
import type { Charter, IdentityClass, Right, RightMembers } from '../charter/model.ts';
import { DECISION_KINDS, type DecisionKind, SEVERITIES, type Severity } from '../words.ts';
import type { CellFacts } from './model.ts';

// The facts, cut into finitely many parts: within one part the same rights answer, with the same members.

/** Every jurisdiction at once: what a missing one means in a charter that says `every`. */
export const EVERY = 'every';
export const OTHER_ENVIRONMENT = 'any other';

export interface Cell {
  readonly decision: DecisionKind;
  readonly facts: CellFacts;
  readonly members: RightMembers;
  /** Which right gave each member. */
  readonly givenBy: Readonly<Partial<Record<keyof RightMembers, Right>>>;
  /** The most specific one. */
  readonly right: Right;
}

export interface Unanswered {
  readonly decision: DecisionKind;
  readonly facts: CellFacts;
  /** Two that both answer and of which neither gives way; null = none answers. */
  readonly contested: readonly [Right, Right] | null;
}

export interface Cells {
  readonly cells: readonly Cell[];
  readonly unanswered: readonly Unanswered[];
  /** Partitions of the facts, before equal ones were put together. */
  readonly partitions: number;
  readonly isComplete: boolean;
}

/** Far above any charter that people can read; beyond it the prover says that it is not complete. */
const CELLS_MAX = 50_000;

const MEMBERS = [
  'decide',
  'atDeadline',
  'approve',
  'withoutApproval',
  'recommend',
  'advise',
  'execute',
  'ownSideCut',
  'handOff',
  'rejectHoldsMs',
  'requires',
  'forEach',
  'clock',
  'party',
] as const satisfies readonly (keyof RightMembers)[];

/** General before specific, over the whole charter: where two can meet, one names the other, so any such order agrees. */
function rankOf(rights: readonly Right[]): ReadonlyMap<string, number> {
  const byId = new Map(rights.map((right) => [right.id, right]));
  const ranks = new Map<string, number>();
  const open = new Set<string>();
  const visit = (right: Right): void => {
    if (ranks.has(right.id) || open.has(right.id)) return;
    open.add(right.id);
    for (const id of right.overrides) {
      const general = byId.get(id);
      if (general !== undefined) visit(general);
    }
    ranks.set(right.id, ranks.size);
  };
  for (const right of rights) visit(right);
  return ranks;
}

function holds(wanted: readonly string[] | undefined, value: string): boolean {
  return wanted === undefined || wanted.includes(value);
}

interface Area {
  readonly severity: readonly Severity[];
  readonly environment: readonly string[];
  readonly jurisdiction: readonly string[];
  readonly rights: readonly Right[];
}

interface Values {
  readonly environments: readonly string[];
  readonly jurisdictions: readonly string[];
}

export function valuesOf(charter: Charter): Values {
  const named = [...charter.rights, ...charter.mandates].flatMap(
    ({ when }) => when.environment ?? [],
  );
  return {
    environments: [...new Set([...named, charter.unknown.environment, OTHER_ENVIRONMENT])],
    jurisdictions: [
      ...charter.jurisdictions,
      ...(charter.unknown.jurisdiction === null ? [EVERY] : []),
    ],
  };
}

/** Joins values of one dimension that have the same meaning in everything else. */
function joinSame<Value, Rest>(
  values: readonly Value[],
  restOf: (value: Value) => Rest,
  keyOf: (rest: Rest) => string,
): readonly { readonly values: readonly Value[]; readonly rest: Rest }[] {
  const found = new Map<string, { values: Value[]; rest: Rest }>();
  for (const value of values) {
    const rest = restOf(value);
    const key = keyOf(rest);
    const same = found.get(key);
    if (same === undefined) found.set(key, { values: [value], rest });
    else same.values.push(value);
  }
  return [...found.values()];
}

/** Severity x environment x jurisdiction, as few boxes as their rights allow. */
function areasOf(charter: Charter, rights: readonly Right[]): readonly Area[] {
  const { environments, jurisdictions } = valuesOf(charter);
  const places = jurisdictions.length === 0 ? [EVERY] : jurisdictions;
  const boxes = joinSame(
    places,
    (jurisdiction) =>
      joinSame(
        environments,
        (environment) =>
          joinSame(
            SEVERITIES,
            (severity) =>
              rights.filter(
                ({ when }) =>
                  holds(when.severity, severity) &&
                  holds(when.environment, environment) &&
                  (jurisdiction === EVERY || holds(when.jurisdiction, jurisdiction)),
              ),
            (matched) => matched.map(({ id }) => id).join('\n'),
          ),
        keyOfParts,
      ),
    (parts) => parts.map(({ values, rest }) => `${values.join()}:${keyOfParts(rest)}`).join('|'),
  );
  return boxes.flatMap(({ values: jurisdiction, rest: byEnvironment }) =>
    byEnvironment.flatMap(({ values: environment, rest: bySeverity }) =>
      bySeverity.map(({ values: severity, rest }) => ({
        jurisdiction,
        environment,
        severity,
        rights: rest,
      })),
    ),
  );
}

function keyOfParts(
  parts: readonly { readonly values: readonly string[]; readonly rest: readonly Right[] }[],
): string {
  return parts
    .map(({ values, rest }) => `${values.join()}=${rest.map(({ id }) => id).join('\n')}`)
    .join(';');
}

/** Which classes an identity is in at once, as far as it matters; kinds and operators exclude one another. */
interface Membership {
  readonly classes: readonly string[];
  readonly kinds: readonly string[] | null;
  readonly operators: readonly string[] | null;
  /** The strongest right for each member: what a further class can only replace by a stronger one. */
  readonly winners: readonly (Right | null)[];
  readonly matched: readonly Right[];
}

function narrowed(
  left: readonly string[] | null,
  right: readonly string[] | undefined,
): readonly string[] | null {
  if (right === undefined) return left;
  return left === null ? right : left.filter((value) => right.includes(value));
}

function winnersOf(
  ranks: ReadonlyMap<string, number>,
  before: readonly (Right | null)[],
  rights: readonly Right[],
): readonly (Right | null)[] {
  const rank = (right: Right): number => ranks.get(right.id) ?? 0;
  return MEMBERS.map((member, at) => {
    let best = before[at] ?? null;
    for (const right of rights) {
      if (right[member] === undefined) continue;
      if (best === null || rank(right) > rank(best)) best = right;
    }
    return best;
  });
}

function memberships(
  ranks: ReadonlyMap<string, number>,
  classes: readonly IdentityClass[],
  rights: readonly Right[],
): { readonly found: readonly Membership[]; readonly isComplete: boolean } {
  const general = rights.filter(({ when }) => when.class === undefined);
  const relevant = classes.filter(({ name }) =>
    rights.some(({ when }) => when.class?.includes(name) === true),
  );
  const first: Membership = {
    classes: [],
    kinds: null,
    operators: null,
    winners: winnersOf(ranks, [], general),
    matched: general,
  };
  const found: Membership[] = [first];
  const keyOf = ({ winners, kinds, operators }: Membership): string =>
    JSON.stringify([winners.map((right) => right?.id ?? null), kinds, operators]);
  const seen = new Set<string>([keyOf(first)]);
  for (let at = 0; at < found.length && found.length < CELLS_MAX; at += 1) {
    const from = present(found[at], 'inside the list');
    for (const one of relevant) {
      if (from.classes.includes(one.name)) continue;
      const kinds = narrowed(from.kinds, one.match.kind);
      const operators = narrowed(from.operators, one.match.operator);
      if (kinds?.length === 0 || operators?.length === 0) continue;
      const more = rights.filter(
        (right) => right.when.class?.includes(one.name) === true && !from.matched.includes(right),
      );
      const winners = winnersOf(ranks, from.winners, more);
      const matched = [...from.matched, ...more];
      const next = { classes: [...from.classes, one.name], kinds, operators, winners, matched };
      if (seen.has(keyOf(next))) continue;
      seen.add(keyOf(next));
      found.push(next);
    }
  }
  return { found, isComplete: found.length < CELLS_MAX };
}

function factsOf(decision: DecisionKind, area: Area, classes: readonly string[]): CellFacts {
  const { severity, environment, jurisdiction } = area;
  return { decision: [decision], class: classes, severity, environment, jurisdiction };
}

/** What exactly one case comes to; null = no right answers it. */
export function membersFor(
  charter: Charter,
  decision: DecisionKind,
  given: {
    readonly classes: readonly string[];
    readonly severity: string;
    readonly environment: string;
    readonly jurisdiction: string;
  },
): RightMembers | null {
  const { classes, severity, environment, jurisdiction } = given;
  const matched = charter.rights.filter(
    ({ decisions, when }) =>
      decisions.includes(decision) &&
      holds(when.severity, severity) &&
      holds(when.environment, environment) &&
      (jurisdiction === EVERY || holds(when.jurisdiction, jurisdiction)) &&
      (when.class === undefined || when.class.some((name) => classes.includes(name))),
  );
  if (matched.length === 0) return null;
  const winners = winnersOf(rankOf(charter.rights), [], matched);
  const values = MEMBERS.flatMap((member, at) => {
    const value = winners[at]?.[member];
    return value === undefined ? [] : [[member, value] as const];
  });
  // Each value was read from the member of the same name.
  return Object.fromEntries(values) as RightMembers;
}

function cellOf(
  ranks: ReadonlyMap<string, number>,
  decision: DecisionKind,
  area: Area,
  membership: Membership,
): Cell | null {
  const { winners, matched } = membership;
  const given = MEMBERS.flatMap((member, at) => {
    const right = winners[at] ?? null;
    return right === null ? [] : [[member, right] as const];
  });
  const right = matched.toSorted((a, b) => (ranks.get(b.id) ?? 0) - (ranks.get(a.id) ?? 0))[0];
  if (right === undefined) return null;
  const members = Object.fromEntries(given.map(([member, by]) => [member, by[member]]));
  return {
    decision,
    facts: factsOf(decision, area, membership.classes),
    // Each value was read from the member of the same name.
    members: members as RightMembers,
    givenBy: Object.fromEntries(given),
    right,
  };
}

/** Where jurisdictions are all meant at once, rights that exclude one another by jurisdiction meet after all. */
function contestedIn(rights: readonly Right[]): readonly [Right, Right] | null {
  for (const [at, right] of rights.entries()) {
    for (const other of rights.slice(0, at)) {
      if (right.overrides.includes(other.id) || other.overrides.includes(right.id)) continue;
      if (right.forEach === 'jurisdiction' && other.forEach === 'jurisdiction') continue;
      return [other, right];
    }
  }
  return null;
}

export function cellsOf(charter: Charter): Cells {
  const cells: Cell[] = [];
  const unanswered: Unanswered[] = [];
  const ranks = rankOf(charter.rights);
  let partitions = 0;
  let isComplete = true;
  for (const decision of DECISION_KINDS) {
    const rights = charter.rights.filter(({ decisions }) => decisions.includes(decision));
    for (const area of areasOf(charter, rights)) {
      const all = memberships(ranks, charter.classes, area.rights);
      isComplete &&= all.isComplete;
      partitions +=
        all.found.length *
        area.severity.length *
        area.environment.length *
        area.jurisdiction.length;
      for (const membership of all.found) {
        const facts = factsOf(decision, area, membership.classes);
        const cell = cellOf(ranks, decision, area, membership);
        if (cell === null || cell.members.decide === undefined) {
          unanswered.push({ decision, facts, contested: null });
          if (cell === null) continue;
        }
        const contested = contestedIn(membership.matched);
        if (contested !== null) unanswered.push({ decision, facts, contested });
        cells.push(cell);
      }
    }
  }
  return { cells, unanswered, partitions, isComplete };
}
