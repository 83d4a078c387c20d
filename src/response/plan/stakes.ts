import type { RestoreTimes, Severity, Stakes } from '../../authority/index.ts';
import type { GuaranteeCapability } from '../../connectors/contract.ts';
import type { Collateral, ReachSummary } from '../../dependencies/index.ts';
import type { Guarantee } from '../../kernel/index.ts';

// What waiting and what cutting cost, in points a minute. The tables are published (docs/authority/resolution.md), so that
// a sentence about them can be checked by hand.

const SEVERITY_POINTS: Readonly<Record<Severity, number>> = { sev1: 10, sev2: 5, sev3: 2, sev4: 1 };
/** The most valuable thing within reach. */
const REACH_FACTOR = { critical: 10, production: 4, other: 1 } as const;
/** The share of an attacker's reach that each stage takes away. */
const REMOVES: Readonly<Record<Guarantee, number>> = { G1: 0.2, G2: 0.6, G3: 1, G4: 1, G5: 1 };
/** Of each consumer that stops, by the most important service that hangs on it. */
const CONSUMER_POINTS = { tier1: 10, tier2: 5, other: 2.5 } as const;
/** What a minute of consumers counts as that nobody knows. */
const UNKNOWN_POINTS = 500;

export interface StakesKnown {
  readonly severity: Severity;
  readonly reach: ReachSummary;
  readonly collateral: Collateral;
  readonly guarantees: readonly GuaranteeCapability[];
  /** Measured, where something was given back there before. */
  readonly restoreTimes: RestoreTimes;
  readonly nowMs: number;
}

function reachFactor({ criticalServiceCount, reachesProduction }: ReachSummary): number {
  if (criticalServiceCount > 0) return REACH_FACTOR.critical;
  return reachesProduction ? REACH_FACTOR.production : REACH_FACTOR.other;
}

function consumerPoints({ tierMin }: Collateral): number {
  if (tierMin === 1) return CONSUMER_POINTS.tier1;
  return tierMin === 2 ? CONSUMER_POINTS.tier2 : CONSUMER_POINTS.other;
}

function stagesOf({ collateral, guarantees, restoreTimes }: StakesKnown): Stakes['stages'] {
  return guarantees.flatMap(({ guarantee, restoreMs }) => {
    const stage = collateral.stages.find((one) => one.guarantee === guarantee);
    if (restoreMs === undefined || stage === undefined) return [];
    const measuredMs = restoreTimes.get(guarantee);
    const counted = (stage.known + stage.inferred) * consumerPoints(collateral);
    return {
      guarantee,
      removes: REMOVES[guarantee],
      // Somebody depends on it whom nobody knows: that is never counted as nothing.
      disruptionPerMinute: stage.unknown > 0 ? null : counted,
      minutesToRestoreRehearsed: measuredMs === undefined ? null : measuredMs / 60_000,
      minutesToRestoreDeclared: restoreMs / 60_000,
    };
  });
}

/** Null = the target declares no restore time for any stage: nothing is weighed, and the mandate alone decides. */
export function stakesOf(known: StakesKnown): Stakes | null {
  const { severity, reach, collateral, nowMs } = known;
  const stages = stagesOf(known);
  if (stages.length === 0) return null;
  const most = Math.max(...stages.map(({ disruptionPerMinute: points }) => points ?? 0));
  const { oldestEdgeAt } = collateral;
  return {
    damagePerMinute: SEVERITY_POINTS[severity] * reachFactor(reach),
    minutesToAnswer: null,
    stages,
    classMaximumPerMinute: Math.max(UNKNOWN_POINTS, most),
    consumers: {
      known: collateral.known.length,
      inferred: collateral.inferred.length,
      unknown: collateral.unknown.reduce((sum, { count }) => sum + count, 0),
    },
    mapAgeMs: oldestEdgeAt === null ? null : Math.max(0, nowMs - Date.parse(oldestEdgeAt)),
  };
}
