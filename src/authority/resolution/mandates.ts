import {
  AUTHENTICITIES,
  CONFIDENCES,
  GUARANTEES,
  type Guarantee,
  isAtLeast,
  toTimestamp,
  weakerOf,
} from '../../kernel/index.ts';
import type { Charter, Mandate } from '../charter/model.ts';
import type { AuthorityFacts, Ceiling, Determining, MandateMode } from '../model.ts';
import { type Case, matchesSituation } from './match.ts';

/** What one mandate allows in this case. */
export interface Grant {
  readonly mandate: Mandate;
  readonly level: Guarantee;
  /** Null when the mandate does not go on to revoke, or may not now. */
  readonly revokeAfterMs: number | null;
  readonly ceilings: readonly Ceiling[];
}

type Judged =
  | { readonly verdict: 'granted'; readonly grant: Grant; readonly why: string }
  | { readonly verdict: 'lowered'; readonly ceiling: Ceiling }
  | { readonly verdict: 'not covered'; readonly why: string }
  | { readonly verdict: 'other case' };

function none(by: Ceiling['by'], why: string): Judged {
  return { verdict: 'lowered', ceiling: { by, to: 'none', why } };
}

/** Null = it may act; else why not. A mandate that ends in the middle of an incident lets it finish what it began. */
function endedWhy(
  { id, untilMs, openIncident }: Mandate,
  facts: AuthorityFacts,
  nowMs: number,
): string | null {
  if (nowMs < untilMs) return null;
  const ended = `${id} ended at ${toTimestamp(untilMs)}`;
  const openedMs = facts.incidentOpenedAtMs ?? null;
  if (openedMs === null || openedMs >= untilMs) return ended;
  if (nowMs >= untilMs + openIncident.graceMs) {
    return openIncident.graceMs === 0 ? ended : `${ended}, and so did its grace`;
  }
  const targetMs = facts.targetOpenedAtMs ?? null;
  if (openIncident.newTargets || (targetMs !== null && targetMs < untilMs)) return null;
  return `${ended}; within its grace it takes no new targets`;
}

function judge(charter: Charter, mandate: Mandate, given: Case, nowMs: number): Judged {
  const { when, id } = mandate;
  const { facts } = given;
  const signals = when.signal;
  if (!matchesSituation(when, given)) return { verdict: 'other case' };
  if (signals !== undefined && !facts.signalTypes.some((type) => signals.includes(type))) {
    return { verdict: 'other case' };
  }
  if (!isAtLeast(CONFIDENCES, given.confidence, when.confidence)) {
    const why = `confidence ${given.confidence} is below ${when.confidence}`;
    return { verdict: 'not covered', why };
  }
  if (facts.sources < when.sources) {
    const why = `${facts.sources} of ${when.sources} independent sources`;
    return { verdict: 'not covered', why };
  }
  if (!isAtLeast(AUTHENTICITIES, facts.authenticity, when.authenticity)) {
    const why = `${id} wants ${when.authenticity}, the signal is ${facts.authenticity}`;
    return none('authenticity', why);
  }
  const ended = endedWhy(mandate, facts, nowMs);
  if (ended !== null) return none('mandate', ended);
  if (nowMs < charter.effectiveMs) {
    return none('mandate', `the charter takes effect at ${toTimestamp(charter.effectiveMs)}`);
  }
  const why =
    nowMs < mandate.untilMs
      ? 'a live mandate covers the case'
      : 'the mandate has ended and lets this incident finish what it began';
  return { verdict: 'granted', grant: grantOf(mandate, given, nowMs), why };
}

function grantOf(mandate: Mandate, given: Case, nowMs: number): Grant {
  const { widen, rehearsed } = mandate;
  const { sources, rehearsedAt } = given.facts;
  const wide = widen !== null && sources >= widen.sources ? widen.to : mandate.upTo;
  const fresh =
    rehearsed === null ||
    (rehearsedAt !== null && nowMs - Date.parse(rehearsedAt) <= rehearsed.withinMs);
  if (fresh || rehearsed === null) {
    return { mandate, level: wide, revokeAfterMs: mandate.thenRevokeWindowMs, ceilings: [] };
  }
  const why =
    rehearsedAt === null
      ? `${mandate.id} has not been rehearsed here`
      : `${mandate.id} was last rehearsed at ${rehearsedAt}`;
  return {
    mandate,
    level: weakerOf(GUARANTEES, wide, rehearsed.downTo),
    revokeAfterMs: null,
    ceilings: [{ by: 'rehearsal', to: rehearsed.downTo, why }],
  };
}

/** The highest stage that any one of them allows; they are never added together. */
function highest(grants: readonly Grant[], mode: MandateMode): Grant | null {
  let best: Grant | null = null;
  const rank = (grant: Grant): number =>
    2 * GUARANTEES.indexOf(grant.level) + (grant.revokeAfterMs === null ? 0 : 1);
  for (const grant of grants) {
    if (grant.mandate.mode === mode && (best === null || rank(grant) > rank(best))) best = grant;
  }
  return best;
}

/** The best grant of each mode, and what every mandate said about the case. */
export interface Granted {
  readonly act: Grant | null;
  readonly shadow: Grant | null;
  /** The one that is cited: what acts before what asks before what only watches. */
  readonly chosen: Grant | null;
  /** Why those that would have covered the case do not; said only when none does. */
  readonly lowered: readonly Ceiling[];
  readonly determining: readonly Determining[];
}

export function grantedBy(charter: Charter, given: Case, nowMs: number): Granted {
  const grants: Grant[] = [];
  const lowered: Ceiling[] = [];
  const determining: Determining[] = [];
  const whys = new Map<Grant, string>();
  for (const mandate of charter.mandates) {
    const judged = judge(charter, mandate, given, nowMs);
    if (judged.verdict === 'granted') {
      grants.push(judged.grant);
      whys.set(judged.grant, judged.why);
    }
    if (judged.verdict === 'lowered') lowered.push(judged.ceiling);
    if (judged.verdict === 'not covered') {
      determining.push({ rule: mandate.id, effect: 'does not cover the case', why: judged.why });
    }
  }
  const act = highest(grants, 'act');
  const shadow = highest(grants, 'shadow');
  const chosen = act ?? highest(grants, 'ask') ?? shadow;
  if (chosen !== null) {
    const effect = `${chosen.mandate.mode} up to ${chosen.level}`;
    determining.push({ rule: chosen.mandate.id, effect, why: whys.get(chosen) ?? '' });
  }
  return { act, shadow, chosen, lowered: chosen === null ? lowered : [], determining };
}
