import type { AttackerStatus, Known, Refusal } from './attackers.ts';
import { RESOURCE_DEFAULT } from './data-plane.ts';
import { enforce } from './enforcement.ts';
import { ACTIONS, type Action, type View } from './model.ts';
import type { TargetState } from './target-state.ts';
import type { WorkloadStatus } from './workloads.ts';

export interface AttackerTruth {
  readonly id: string;
  readonly script: string;
  readonly target: string;
  readonly startedAtMs: number;
  /** What any of its secrets and sessions gets at this instant. */
  readonly can: readonly Action[];
  /** The same once every change made so far has taken effect. */
  readonly willBeAbleTo: readonly Action[];
  /** The latest end of the bearer tokens it holds. */
  readonly bearerUntilMs: number | null;
  readonly minted: readonly {
    readonly credential: string;
    readonly identity: string;
    readonly sinceMs: number;
    readonly alive: boolean;
    readonly willBeAlive: boolean;
  }[];
  readonly allowed: number;
  readonly refused: number;
  readonly lastAllowedAtMs: number | null;
  readonly firstRefusal: Refusal | null;
  readonly firstRefusals: Readonly<Record<string, Refusal>>;
}

/** What really is, as nobody inside the organisation can know it. */
export interface Truth {
  readonly atMs: number;
  readonly attackerHasAccess: boolean;
  readonly attackerWillHaveAccess: boolean;
  readonly mintedAlive: number;
  readonly firstRefusalAtMs: number | null;
  readonly attackers: readonly AttackerTruth[];
  readonly workloads: number;
  readonly workloadsRunning: number;
  readonly workloadsBroken: readonly {
    readonly name: string;
    readonly target: string;
    readonly error: string | null;
  }[];
}

function possible(target: TargetState, view: View, known: Known, nowMs: number): readonly Action[] {
  const principal = target.principalOf(known.secret);
  if (principal === undefined) return [];
  const attempt = { resource: RESOURCE_DEFAULT, freshProof: false };
  return ACTIONS.filter(
    (action) => enforce(target.spec, view, principal, { ...attempt, action }, nowMs).allowed,
  );
}

function union(parts: readonly (readonly Action[])[]): readonly Action[] {
  const all = new Set(parts.flat());
  return ACTIONS.filter((action) => all.has(action));
}

export function truthOfAttacker(target: TargetState, status: AttackerStatus): AttackerTruth {
  const nowMs = target.nowMs();
  const effective = target.effective();
  const judged = status.known.map((known) => ({
    known,
    now: possible(target, effective, known, nowMs),
    later: possible(target, target.configured, known, nowMs),
  }));
  const bearers = status.known.flatMap(({ session }) => {
    const state = session === null ? undefined : effective.sessions.get(session);
    return state?.bearer === true && state.expiresAtMs !== null ? [state.expiresAtMs] : [];
  });
  const live = bearers.filter((untilMs) => untilMs > nowMs);
  const { id, script, startedAtMs, allowed, refused } = status;
  const { lastAllowedAtMs, firstRefusal, firstRefusals } = status;
  return {
    id,
    script,
    startedAtMs,
    allowed,
    refused,
    lastAllowedAtMs,
    firstRefusal,
    firstRefusals,
    target: status.target,
    can: union(judged.map((each) => each.now)),
    willBeAbleTo: union(judged.map((each) => each.later)),
    bearerUntilMs: live.length === 0 ? null : Math.max(...live),
    minted: judged.flatMap(({ known, now, later }) =>
      known.from === 'mint' && known.credential !== null
        ? [
            {
              credential: known.credential,
              identity: known.identity,
              sinceMs: known.sinceMs,
              alive: now.length > 0,
              willBeAlive: later.length > 0,
            },
          ]
        : [],
    ),
  };
}

export function truthOf(
  nowMs: number,
  attackers: readonly AttackerTruth[],
  workloads: readonly WorkloadStatus[],
): Truth {
  const refusals = attackers.flatMap((each) => each.firstRefusal?.atMs ?? []);
  return {
    atMs: nowMs,
    attackerHasAccess: attackers.some((each) => each.can.length > 0),
    attackerWillHaveAccess: attackers.some((each) => each.willBeAbleTo.length > 0),
    mintedAlive: attackers.flatMap((each) => each.minted).filter((each) => each.alive).length,
    firstRefusalAtMs: refusals.length === 0 ? null : Math.min(...refusals),
    attackers,
    workloads: workloads.length,
    workloadsRunning: workloads.filter((each) => each.running).length,
    workloadsBroken: workloads
      .filter((each) => each.broken)
      .map(({ name, target, lastError }) => ({ name, target, error: lastError })),
  };
}
