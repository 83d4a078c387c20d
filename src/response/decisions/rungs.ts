import type { AuthorityResolution, ResolvedRung, Skipped } from '../../authority/index.ts';
import type { DecisionRung, Dues, IncidentDecision, NextRung } from './model.ts';

/** The rungs of a resolution; when none of them has anybody, the quorum of break-glass is the last one. */
export function rungsOf(resolution: AuthorityResolution): readonly ResolvedRung[] {
  const { ladder = [], holders, decideWithinMs } = resolution;
  if (ladder.some((rung) => rung.people.length > 0)) return ladder;
  const [first] = holders;
  if (first === undefined) return ladder;
  const all: ResolvedRung = {
    seat: ladder.length === 0 ? first.seat : 'break-glass',
    people: [...new Set(holders.map((one) => one.person))],
    channels: [],
    warmAfterMs: 0,
    opensAfterMs: 0,
    acknowledgeByMs: null,
    decideByMs: decideWithinMs,
    lastResort: true,
    why: resolution.breakGlass === true ? 'no rung has anybody: break-glass' : '',
    skipped: [],
  };
  return [...ladder, all];
}

export interface Found {
  readonly rung: ResolvedRung;
  /** Rungs without anybody on the way to it, and people passed over on it. */
  readonly skipped: readonly Skipped[];
}

/** The first rung after this seat that has somebody; null when the ladder has come to its end. */
export function rungAfter(
  ladder: readonly ResolvedRung[],
  seat: string | null,
  asked: ReadonlySet<string> = new Set(),
): Found | null {
  const at = seat === null ? -1 : ladder.findIndex((one) => one.seat === seat);
  const skipped: Skipped[] = [];
  for (const rung of ladder.slice(at + 1)) {
    skipped.push(...rung.skipped);
    // Without its place in the ladder only what was never asked counts as next.
    if (at < 0 && asked.has(rung.seat)) continue;
    if (rung.people.length > 0) return { rung, skipped };
  }
  return null;
}

/** The rung with its clock running from now. */
export function openedRung(
  rung: ResolvedRung,
  nowMs: number,
  warmedAtMs: number | null,
): DecisionRung {
  const { seat, people, channels, lastResort, opensAfterMs, acknowledgeByMs, decideByMs } = rung;
  const sinceMs = nowMs - opensAfterMs;
  return {
    seat,
    people,
    channels,
    lastResort,
    warmedAtMs,
    openedAtMs: nowMs,
    acknowledgeByMs: acknowledgeByMs === null ? null : sinceMs + acknowledgeByMs,
    decideByMs: decideByMs === null ? null : sinceMs + decideByMs,
    acknowledgedBy: null,
  };
}

/** The rung after it, and when that one is told: so long before it would be theirs as the charter says. */
export function nextOf(
  found: Found | null,
  newest: DecisionRung,
): { readonly next: NextRung | null; readonly warmAtMs: number | null } {
  if (found === null) return { next: null, warmAtMs: null };
  const { seat, people, opensAfterMs, warmAfterMs } = found.rung;
  const next = { seat, people };
  const opensAtMs = handOffDue(newest, next);
  const openedAtMs = newest.openedAtMs ?? 0;
  if (opensAtMs === null) return { next, warmAtMs: null };
  return { next, warmAtMs: Math.max(openedAtMs, opensAtMs - (opensAfterMs - warmAfterMs)) };
}

/** A missed acknowledgement opens the next rung; without a next one it has nothing to open. */
export function handOffDue(rung: DecisionRung, next: NextRung | null): number | null {
  const { acknowledgeByMs, decideByMs, acknowledgedBy } = rung;
  if (next === null || acknowledgedBy !== null || acknowledgeByMs === null) return decideByMs;
  return decideByMs === null ? acknowledgeByMs : Math.min(acknowledgeByMs, decideByMs);
}

export function newestRung(decision: Pick<IncidentDecision, 'rungs'>): DecisionRung | null {
  return decision.rungs.findLast((rung) => rung.openedAtMs !== null) ?? null;
}

export const NOTHING_DUE: Dues = {
  warm: null,
  handOff: null,
  again: null,
  meanwhile: null,
  byDefault: null,
  advice: null,
};

/** What acts comes before what only asks, when both are due at once. */
const ORDER = ['meanwhile', 'byDefault', 'advice', 'handOff', 'warm', 'again'] as const;
export type DueName = (typeof ORDER)[number];

/** The earliest of what is still to come; null for a decision that is over or waits for people alone. */
export function nextDue(
  decision: Pick<IncidentDecision, 'state' | 'dues'>,
): { readonly name: DueName; readonly atMs: number } | null {
  if (decision.state !== 'open') return null;
  let earliest: { readonly name: DueName; readonly atMs: number } | null = null;
  for (const name of ORDER) {
    const atMs = decision.dues[name];
    if (atMs !== null && (earliest === null || atMs < earliest.atMs)) earliest = { name, atMs };
  }
  return earliest;
}
