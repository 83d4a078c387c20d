import { GUARANTEES, isAtLeast, LIMITS, toTimestamp } from '../../kernel/index.ts';
import type { Charter } from '../charter/model.ts';
import type { AuthorityFacts, AuthorityResolution } from '../model.ts';
import { type Cover, createCover } from '../prover/cover.ts';
import { createCrowds, type Crowds } from '../prover/crowds.ts';
import { completeCase, namesIdentity } from '../resolution/match.ts';
import { resolveAuthority } from '../resolution/resolve.ts';
import { ownersInRoster } from '../resolution/seats.ts';
import type { Roster } from '../roster/model.ts';
import {
  type GroupDecision,
  type GroupReadiness,
  type Readiness,
  READINESS_REASONS,
  type RestoreFigure,
  type ReadinessReason,
  type ReadyIdentity,
  type ReadyTarget,
} from './model.ts';

const YEAR_MS = 365 * 86_400_000;

export interface ReadinessParts {
  readonly charter: Charter;
  readonly roster: Roster;
  readonly nowMs: number;
  readonly targets: ReadonlyMap<string, ReadyTarget>;
}

interface Group {
  readonly facts: AuthorityFacts;
  readonly classes: readonly string[];
  readonly owners: readonly string[];
  readonly target: string;
  count: number;
  readonly identities: string[];
}

/** A suspicion of which nothing is known: the charter says what that means. */
function factsOf(identity: ReadyIdentity): AuthorityFacts {
  const { id, kind, refs, tags, services, operator, owners, environment, jurisdiction } = identity;
  return {
    identity: { id, kind, refs, tags, services, operator, owners },
    environment,
    jurisdiction,
    severity: null,
    signalTypes: [],
    authenticity: 'unauthenticated',
    confidence: 'weak',
    sources: 0,
    rehearsedAt: null,
    automaticCuts: [],
    signalSource: 'nobody',
  };
}

/** Takes identities one by one and keeps a group of each kind, so that a million cost what their kinds cost. */
export function createReadiness(parts: ReadinessParts) {
  const { charter, roster, nowMs } = parts;
  const groups = new Map<string, Group>();
  const crowds = createCrowds();
  const window = { fromMs: nowMs, untilMs: nowMs + YEAR_MS };
  const cover = createCover({ charter, roster, window, crowds, removed: crowds.empty });
  return {
    add: (identity: ReadyIdentity): void => {
      const facts = factsOf(identity);
      const { classes } = completeCase(charter, facts);
      const owners = ownersInRoster(roster, identity.owners, null);
      const named = charter.protections.flatMap(({ identity: name }, at) =>
        name !== null && namesIdentity(name, facts.identity) ? [at] : [],
      );
      const { environment, jurisdiction, target } = identity;
      const byRole = identity.owners.map(({ role, names }) => [
        role,
        ownersInRoster(roster, [{ role, names }], role),
      ]);
      const key = JSON.stringify([classes, environment, jurisdiction, byRole, target, named]);
      const group = groups.get(key) ?? { facts, classes, owners, target, count: 0, identities: [] };
      groups.set(key, group);
      group.count += 1;
      if (group.identities.length < LIMITS.readinessListedMax) group.identities.push(identity.id);
    },
    conclude: (): Readiness => {
      const judged = [...groups.values()].map((group) => judge(parts, cover, crowds, group));
      return summary(nowMs, judged);
    },
  };
}

/** The earliest of the minutes at which the fewest could decide. */
function worstOf(
  { cover, crowds }: { readonly cover: Cover; readonly crowds: Crowds },
  seats: readonly string[],
  jurisdiction: string | null,
): { readonly atMs: number; readonly people: number } {
  const timeline = cover.seats(seats, jurisdiction);
  let worst = { atMs: cover.window.fromMs, people: Infinity };
  for (const [at, crowd] of timeline.values.entries()) {
    const people = crowds.size(crowd);
    if (people < worst.people) worst = { atMs: timeline.edges[at] ?? worst.atMs, people };
  }
  return worst;
}

function decided(resolution: AuthorityResolution, atMs: number): GroupDecision {
  const { holders, breakGlass = false } = resolution;
  return { at: toTimestamp(atMs), holders, breakGlass };
}

function targetReasons(
  target: ReadyTarget | undefined,
  resolution: AuthorityResolution,
  nowMs: number,
): readonly ReadinessReason[] {
  if (target === undefined) return ['no-connector'];
  const cuts = target.guarantees.filter(({ guarantee }) => isAtLeast(GUARANTEES, guarantee, 'G2'));
  if (cuts.length === 0) return ['no-stage'];
  const acting = [resolution.atDeadline?.guarantee, resolution.meanwhile?.guarantee].filter(
    (one) => one !== undefined,
  );
  const lasting = cuts.some(
    ({ guarantee, reversible }) => !reversible && acting.includes(guarantee),
  );
  const none = !cuts.some(({ reversible }) => reversible);
  const { rehearsedAtMs } = target;
  const isFresh = rehearsedAtMs !== null && nowMs - rehearsedAtMs <= LIMITS.rehearsalFreshMs;
  return [
    ...(lasting || none ? (['not-reversible'] as const) : []),
    ...(isFresh ? [] : (['not-rehearsed'] as const)),
  ];
}

function judge(
  { charter, roster, nowMs, targets }: ReadinessParts,
  cover: Cover,
  crowds: Crowds,
  group: Group,
): GroupReadiness {
  const { facts, classes, owners, count, identities } = group;
  const resolve = (atMs: number): AuthorityResolution =>
    resolveAuthority(charter, roster, facts, 'contain', atMs);
  const now = resolve(nowMs);
  const seats = (now.ladder ?? []).map(({ seat }) => seat);
  const { jurisdiction } = completeCase(charter, facts);
  const worst = worstOf({ cover, crowds }, seats, jurisdiction);
  const atWorst = resolve(worst.atMs);
  const target = targets.get(group.target);
  const isHeld = ({ holders, breakGlass = false }: AuthorityResolution): boolean =>
    holders.length > 0 && !breakGlass;
  const reasons: readonly ReadinessReason[] = [
    ...(isHeld(now) ? [] : (['nobody-decides'] as const)),
    ...(isHeld(atWorst) ? [] : (['nobody-at-worst'] as const)),
    ...targetReasons(target, now, nowMs),
    ...(owners.length === 0 ? (['ownerless'] as const) : []),
  ];
  const offered = (target?.guarantees ?? []).map(({ guarantee }) => GUARANTEES.indexOf(guarantee));
  const rehearsedAtMs = target?.rehearsedAtMs ?? null;
  return {
    classes,
    environment: facts.environment,
    jurisdiction: facts.jurisdiction,
    target: group.target,
    owners,
    count,
    identities,
    right: now.right,
    now: decided(now, nowMs),
    worst: {
      ...decided(atWorst, worst.atMs),
      people: worst.people === Infinity ? 0 : worst.people,
    },
    strongest: GUARANTEES[Math.max(...offered, -1)] ?? null,
    rehearsedAt: rehearsedAtMs === null ? null : toTimestamp(rehearsedAtMs),
    restores: restoresOf(target),
    isReady: reasons.every((reason) => reason === 'ownerless'),
    reasons: reasons.map((reason) => ({ reason, remedy: READINESS_REASONS[reason] })),
  };
}

function restoresOf(target: ReadyTarget | undefined): readonly RestoreFigure[] {
  const minutes = (ms: number | undefined): number | null =>
    ms === undefined ? null : ms / 60_000;
  return (target?.guarantees ?? []).flatMap(({ guarantee, reversible, restoreMs }) => {
    const measuredMinutes = minutes(target?.restoreTimes?.get(guarantee));
    const declaredMinutes = minutes(restoreMs);
    const isKnown = measuredMinutes !== null || declaredMinutes !== null;
    return reversible && isKnown ? [{ guarantee, measuredMinutes, declaredMinutes }] : [];
  });
}

function summary(nowMs: number, groups: readonly GroupReadiness[]): Readiness {
  const byReason: Partial<Record<ReadinessReason, number>> = {};
  let [identities, ready] = [0, 0];
  for (const { count, isReady, reasons } of groups) {
    identities += count;
    if (isReady) ready += count;
    for (const { reason } of reasons) byReason[reason] = (byReason[reason] ?? 0) + count;
  }
  const order = ({ isReady }: GroupReadiness): number => (isReady ? 1 : 0);
  return {
    at: toTimestamp(nowMs),
    identities,
    ready,
    ownerless: byReason.ownerless ?? 0,
    byReason,
    groups: groups.toSorted((one, other) => order(one) - order(other) || other.count - one.count),
  };
}
