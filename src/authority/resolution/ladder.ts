import { GUARANTEES, type Guarantee, weakerOf } from '../../kernel/index.ts';
import type { Charter, Deadline, Right, RightMembers, Rung } from '../charter/model.ts';
import { type Case, matchesSituation } from './match.ts';
import type { AuthorityResolution, DecisionKind, Determining, Holder } from '../model.ts';
import type { Roster } from '../roster/model.ts';
import { fillSeat, type SeatContext } from './seats.ts';

export interface Ladder {
  readonly right: string | null;
  readonly holders: readonly Holder[];
  readonly decideWithinMs: number | null;
  readonly atDeadline: AuthorityResolution['atDeadline'];
  readonly meanwhile: NonNullable<AuthorityResolution['meanwhile']> | null;
  readonly approve: NonNullable<AuthorityResolution['approve']> | null;
  readonly quorum: number;
  readonly determining: readonly Determining[];
}

/** From the most general to the most specific: a right stands after every right it names. */
function inOverrideOrder(rights: readonly Right[]): readonly Right[] {
  const ordered: Right[] = [];
  const visit = (right: Right): void => {
    if (ordered.includes(right)) return;
    for (const id of right.overrides) {
      const general = rights.find((one) => one.id === id);
      if (general !== undefined) visit(general);
    }
    ordered.push(right);
  };
  for (const right of rights) visit(right);
  return ordered;
}

/** Each replaces only the members it gives. */
function merged(rights: readonly Right[]): RightMembers {
  let members: RightMembers = {};
  for (const right of inOverrideOrder(rights)) members = { ...members, ...right };
  return members;
}

interface Seated {
  readonly seat: string;
}

interface Filled<Place extends Seated> {
  readonly rung: Place;
  readonly people: readonly string[];
}

function fillRungs<Place extends Seated>(
  context: SeatContext,
  right: string,
  rungs: readonly Place[],
): { readonly filled: readonly Filled<Place>[]; readonly skipped: readonly Determining[] } {
  const filled: Filled<Place>[] = [];
  const skipped: Determining[] = [];
  for (const rung of rungs) {
    const { people, why } = fillSeat(context, rung.seat);
    if (people.length > 0) filled.push({ rung, people });
    else skipped.push({ rule: right, effect: `skips ${rung.seat}`, why });
  }
  return { filled, skipped };
}

function holdersOf(filled: readonly Filled<Seated>[]): readonly Holder[] {
  const seen = new Set<string>();
  const holders: Holder[] = [];
  for (const { rung, people } of filled) {
    for (const person of people) {
      if (!seen.has(person)) holders.push({ seat: rung.seat, person });
      seen.add(person);
    }
  }
  return holders;
}

/** What acts by itself at a deadline is bound by the same ceilings as a mandate. */
function defaultStage(
  stage: { readonly guarantee: Guarantee; readonly afterMs: number } | null,
  cap: Guarantee | null,
): { readonly guarantee: Guarantee; readonly afterMs: number } | null {
  if (stage === null || cap === null) return null;
  return { ...stage, guarantee: weakerOf(GUARANTEES, stage.guarantee, cap) };
}

function lastRungMs(filled: readonly Filled<Rung>[], rungs: readonly Rung[]): number {
  // A rung that is skipped costs no time; when all are, the whole ladder is still granted to break-glass.
  const counted = filled.length > 0 ? filled.map(({ rung }) => rung) : rungs;
  return counted.reduce((sum, rung) => sum + (rung.decideMs ?? 0), 0);
}

function deadlineStage(
  deadline: Deadline | undefined,
  lastMs: number,
): { readonly guarantee: Guarantee; readonly afterMs: number } | null {
  if (deadline === undefined || deadline.guarantee === null) return null;
  const afterMs = deadline.after === 'last-rung' ? lastMs : deadline.after;
  return { guarantee: deadline.guarantee, afterMs };
}

function breakGlass(context: SeatContext): readonly Holder[] {
  const seats = context.charter.breakGlass?.from ?? [];
  const rungs = seats.map((seat) => ({ seat }));
  return holdersOf(fillRungs(context, 'break-glass', rungs).filled);
}

function approveOf(
  context: SeatContext,
  approve: RightMembers['approve'],
): NonNullable<AuthorityResolution['approve']> | null {
  if (approve === undefined) return null;
  const rungs = approve.from.map((seat) => ({ seat }));
  const holders = holdersOf(fillRungs(context, 'approve', rungs).filled);
  const { count, distinctFromDecider } = approve;
  return { count, holders, distinctFromDecider };
}

export interface LadderCase {
  readonly charter: Charter;
  readonly roster: Roster;
  readonly given: Case;
  readonly decision: DecisionKind;
  readonly nowMs: number;
  /** The ceiling over everything that acts by itself. */
  readonly cap: Guarantee | null;
}

/** The most specific right that matches, its people now, and what happens when they are silent. */
export function ladderOf({ charter, roster, given, decision, nowMs, cap }: LadderCase): Ladder {
  const rights = charter.rights.filter(
    (right) => right.decisions.includes(decision) && matchesSituation(right.when, given),
  );
  const owners = given.facts.identity.owners ?? [];
  const context = { charter, roster, nowMs, owners, jurisdiction: given.jurisdiction };
  const ordered = inOverrideOrder(rights);
  const id = ordered.at(-1)?.id ?? null;
  const members = merged(rights);
  const rungs = members.decide ?? [];
  const { filled, skipped } = fillRungs(context, id ?? 'no right', rungs);
  const holders = holdersOf(filled);
  const fallback = holders.length === 0;
  const own = members.withoutApproval ?? 'G5';
  const bound = cap === null ? null : weakerOf(GUARANTEES, cap, own);
  const chosen: Determining = {
    rule: id ?? 'no right',
    effect: fallback ? 'falls to break-glass' : `is decided by ${holders[0]?.seat ?? ''}`,
    why:
      ordered.length > 1
        ? `it is the most specific of ${ordered.map((right) => right.id).join(', ')}`
        : 'it is the only right that matches',
  };
  const meanwhile = members.atDeadline?.meanwhile ?? null;
  return {
    right: id,
    holders: fallback ? breakGlass(context) : holders,
    decideWithinMs: filled[0]?.rung.decideMs ?? null,
    atDeadline: defaultStage(deadlineStage(members.atDeadline, lastRungMs(filled, rungs)), bound),
    meanwhile: defaultStage(meanwhile, bound),
    approve: approveOf(context, members.approve),
    quorum: quorumOf(charter, decision, fallback),
    determining: [chosen, ...skipped],
  };
}

function quorumOf(charter: Charter, decision: DecisionKind, fallback: boolean): number {
  if (fallback) return charter.breakGlass?.quorum ?? 1;
  return decision === 'reset-fuse' ? charter.resetFuseQuorum : 1;
}
