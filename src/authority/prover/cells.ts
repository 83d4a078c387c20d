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

type Ranks = ReadonlyMap<string, number>;

const ranked = new WeakMap<readonly Right[], Ranks>();

/** General before specific, over the whole charter: where two can meet, one names the other, so any such order agrees. */
function rankOf(rights: readonly Right[]): Ranks {
  const known = ranked.get(rights);
  if (known !== undefined) return known;
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
  ranked.set(rights, ranks);
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

type Winners = readonly (Right | null)[];

/** Which classes an identity is in at once, as far as it matters; kinds and operators exclude one another. */
interface Membership {
  readonly classes: readonly string[];
  readonly kinds: readonly string[] | null;
  readonly operators: readonly string[] | null;
  /** The strongest right for each member: what a further class can only replace by a stronger one. */
  readonly winners: Winners;
  /** The most specific right of all that match. */
  readonly right: Right | null;
}

function narrowed(
  left: readonly string[] | null,
  right: readonly string[] | undefined,
): readonly string[] | null {
  if (right === undefined) return left;
  return left === null ? right : left.filter((value) => right.includes(value));
}

function stronger(ranks: Ranks, left: Right | null, right: Right | null): Right | null {
  if (left === null || right === null) return left ?? right;
  return (ranks.get(right.id) ?? 0) > (ranks.get(left.id) ?? 0) ? right : left;
}

function winnersOf(ranks: Ranks, rights: readonly Right[]): Winners {
  return MEMBERS.map((member) =>
    rights
      .filter((right) => right[member] !== undefined)
      .reduce<Right | null>((best, right) => stronger(ranks, best, right), null),
  );
}

interface ClassShare {
  readonly of: IdentityClass;
  readonly winners: Winners;
  readonly right: Right | null;
}

function sharesOf(
  ranks: Ranks,
  classes: readonly IdentityClass[],
  rights: readonly Right[],
): readonly ClassShare[] {
  return classes.flatMap((of) => {
    const own = rights.filter(({ when }) => when.class?.includes(of.name) === true);
    if (own.length === 0) return [];
    const right = own.reduce<Right | null>((best, one) => stronger(ranks, best, one), null);
    return [{ of, winners: winnersOf(ranks, own), right }];
  });
}

function joined(ranks: Ranks, from: Membership, share: ClassShare): Membership | null {
  const { name, match } = share.of;
  if (from.classes.includes(name)) return null;
  const kinds = narrowed(from.kinds, match.kind);
  const operators = narrowed(from.operators, match.operator);
  if (kinds?.length === 0 || operators?.length === 0) return null;
  return {
    classes: [...from.classes, name],
    kinds,
    operators,
    winners: from.winners.map((one, at) => stronger(ranks, one, share.winners[at] ?? null)),
    right: stronger(ranks, from.right, share.right),
  };
}

/** Everything that classes can come to. A class that changes nothing leads to what is known already. */
function memberships(
  ranks: Ranks,
  classes: readonly IdentityClass[],
  rights: readonly Right[],
): { readonly found: readonly Membership[]; readonly isComplete: boolean } {
  const general = rights.filter(({ when }) => when.class === undefined);
  const keyOf = ({ winners, kinds, operators }: Membership): string => {
    const ids = winners.map((right) => (right === null ? '' : (ranks.get(right.id) ?? '')));
    return `${ids.join()};${kinds?.join() ?? '*'};${operators?.join() ?? '*'}`;
  };
  const first: Membership = {
    classes: [],
    kinds: null,
    operators: null,
    winners: winnersOf(ranks, general),
    right: general.reduce<Right | null>((best, one) => stronger(ranks, best, one), null),
  };
  const shares = sharesOf(ranks, classes, rights);
  const found: Membership[] = [first];
  const seen = new Set<string>([keyOf(first)]);
  for (let at = 0; at < found.length && found.length < CELLS_MAX; at += 1) {
    const from = present(found[at], 'inside the list');
    for (const share of shares) {
      const next = joined(ranks, from, share);
      if (next === null) continue;
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
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
  const winners = winnersOf(rankOf(charter.rights), matched);
  const values = MEMBERS.flatMap((member, at) => {
    const value = winners[at]?.[member];
    return value === undefined ? [] : [[member, value] as const];
  });
  // Each value was read from the member of the same name.
  return Object.fromEntries(values) as RightMembers;
}

function cellOf(decision: DecisionKind, area: Area, membership: Membership): Cell | null {
  const { winners, right } = membership;
  if (right === null) return null;
  const given = MEMBERS.flatMap((member, at) => {
    const by = winners[at] ?? null;
    return by === null ? [] : [[member, by] as const];
  });
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
function contestedPairs(rights: readonly Right[]): readonly (readonly [Right, Right])[] {
  const named = new Map(rights.map((right) => [right.id, new Set(right.overrides)]));
  const pairs: (readonly [Right, Right])[] = [];
  for (const [at, right] of rights.entries()) {
    for (const other of rights.slice(0, at)) {
      if (named.get(right.id)?.has(other.id) === true) continue;
      if (named.get(other.id)?.has(right.id) === true) continue;
      if (right.forEach === 'jurisdiction' && other.forEach === 'jurisdiction') continue;
      pairs.push([other, right]);
    }
  }
  return pairs;
}

function matches({ when }: Right, { classes }: Membership): boolean {
  return when.class === undefined || when.class.some((name) => classes.includes(name));
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
      const pairs = contestedPairs(area.rights);
      const all = memberships(ranks, charter.classes, area.rights);
      isComplete &&= all.isComplete;
      partitions +=
        all.found.length *
        area.severity.length *
        area.environment.length *
        area.jurisdiction.length;
      for (const membership of all.found) {
        const facts = factsOf(decision, area, membership.classes);
        const cell = cellOf(decision, area, membership);
        if (cell === null || cell.members.decide === undefined) {
          unanswered.push({ decision, facts, contested: null });
          if (cell === null) continue;
        }
        const contested = pairs.find((pair) => pair.every((one) => matches(one, membership)));
        if (contested !== undefined) unanswered.push({ decision, facts, contested });
        cells.push(cell);
      }
    }
  }
  return { cells, unanswered, partitions, isComplete };
}
