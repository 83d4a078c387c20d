import {
  AUTHENTICITIES,
  CONFIDENCES,
  GUARANTEES,
  type Guarantee,
  isAtLeast,
  toTimestamp,
  weakerOf,
} from '../../kernel/index.ts';
import type { Charter, Mandate, RateFuse } from '../charter/model.ts';
import { type Case, matchesSituation, namesIdentity } from './match.ts';
import type { Ceiling, Determining, MandateMode } from '../model.ts';

/** What may happen without asking, and every rule that had a say in it. */
export interface Automatic {
  readonly mandate: Mandate | null;
  readonly upTo: Guarantee | null;
  readonly shadowUpTo: Guarantee | null;
  /** W2, when revoking may follow by itself. */
  readonly revokeAfterMs: number | null;
  readonly ceilings: readonly Ceiling[];
  /** The weakest of the ceilings that bind every automatic act, with or without a mandate. */
  readonly cap: Guarantee | null;
  readonly determining: readonly Determining[];
}

interface Grant {
  readonly mandate: Mandate;
  readonly level: Guarantee;
  /** Null when the mandate does not go on to revoke, or may not now. */
  readonly revokeAfterMs: number | null;
  readonly ceilings: readonly Ceiling[];
}

type Judged =
  | { readonly verdict: 'granted'; readonly grant: Grant }
  | { readonly verdict: 'lowered'; readonly ceiling: Ceiling }
  | { readonly verdict: 'not covered'; readonly why: string }
  | { readonly verdict: 'other case' };

function none(by: Ceiling['by'], why: string): Judged {
  return { verdict: 'lowered', ceiling: { by, to: 'none', why } };
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
    return {
      verdict: 'not covered',
      why: `confidence ${given.confidence} is below ${when.confidence}`,
    };
  }
  if (facts.sources < when.sources) {
    return {
      verdict: 'not covered',
      why: `${facts.sources} of ${when.sources} independent sources`,
    };
  }
  if (!isAtLeast(AUTHENTICITIES, facts.authenticity, when.authenticity)) {
    return none(
      'authenticity',
      `${id} wants ${when.authenticity}, the signal is ${facts.authenticity}`,
    );
  }
  if (nowMs >= mandate.untilMs)
    return none('mandate', `${id} ended at ${toTimestamp(mandate.untilMs)}`);
  if (nowMs < charter.effectiveMs) {
    return none('mandate', `the charter takes effect at ${toTimestamp(charter.effectiveMs)}`);
  }
  return { verdict: 'granted', grant: grantOf(mandate, given, nowMs) };
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

function countSince(given: Case, sinceMs: number, source: string | null): number {
  return given.facts.automaticCuts.filter(
    (cut) => Date.parse(cut.at) > sinceMs && (source === null || cut.source === source),
  ).length;
}

function fuseCeilings(charter: Charter, given: Case, nowMs: number): readonly Ceiling[] {
  const { automaticCuts, sameSource, servicesDown } = charter.fuses;
  const source = given.facts.signalSource;
  const blown = (fuse: RateFuse | null, of: string | null, name: string): readonly Ceiling[] => {
    if (fuse === null) return [];
    const count = countSince(given, nowMs - fuse.perMs, of);
    if (count < fuse.limit) return [];
    return [{ by: 'fuse', to: 'none', why: `${name}: ${count} of ${fuse.limit} are used up` }];
  };
  const down = (given.facts.servicesDown ?? []).filter(
    ({ tier }) => servicesDown !== null && tier !== null && tier <= servicesDown.tier,
  ).length;
  const overDown = servicesDown !== null && down > servicesDown.limit;
  return [
    ...blown(automaticCuts, null, 'automatic-cuts'),
    ...blown(sameSource, source, `same-source ${source}`),
    ...(overDown
      ? [{ by: 'fuse', to: 'none', why: `services-down: ${down} services would be down` } as const]
      : []),
  ];
}

/** Those that bind whatever acts by itself, in their order: authenticity, profile, protected, fuse. */
function bindingCeilings(charter: Charter, given: Case, nowMs: number): readonly Ceiling[] {
  const ceilings: Ceiling[] = [];
  if (given.facts.authenticity === 'unauthenticated') {
    const why = 'an unauthenticated signal never acts';
    ceilings.push({ by: 'authenticity', to: 'none', why });
  }
  if (given.profile === 'restrict-only') {
    ceilings.push({ by: 'profile', to: 'G2', why: 'the profile of its class is restrict-only' });
  }
  for (const { identity, class: name, max, path } of charter.protections) {
    const hit =
      (identity !== null && namesIdentity(identity, given.facts.identity)) ||
      (name !== null && given.classes.includes(name));
    if (!hit) continue;
    const why = `${identity ?? `class ${name ?? ''}`} is protected; its path is ${path.join(', ')}`;
    ceilings.push({ by: 'protected', to: max ?? 'none', why });
  }
  return [...ceilings, ...fuseCeilings(charter, given, nowMs)];
}

/** Null = nothing may happen without asking. */
export function lowest(ceilings: readonly Ceiling[]): Guarantee | null {
  let cap: Guarantee = 'G5';
  for (const { to } of ceilings) {
    if (to === 'none') return null;
    cap = weakerOf(GUARANTEES, cap, to);
  }
  return cap;
}

function capped(grant: Grant | null, cap: Guarantee | null): Guarantee | null {
  return grant === null || cap === null ? null : weakerOf(GUARANTEES, grant.level, cap);
}

/** Ceilings come last and turn what is automatic into something asked, never into something impossible. */
export function automaticOf(charter: Charter, given: Case, nowMs: number): Automatic {
  const grants: Grant[] = [];
  const lowered: Ceiling[] = [];
  const determining: Determining[] = [];
  for (const mandate of charter.mandates) {
    const judged = judge(charter, mandate, given, nowMs);
    if (judged.verdict === 'granted') grants.push(judged.grant);
    if (judged.verdict === 'lowered') lowered.push(judged.ceiling);
    if (judged.verdict === 'not covered') {
      determining.push({ rule: mandate.id, effect: 'does not cover the case', why: judged.why });
    }
  }
  const act = highest(grants, 'act');
  const shadow = highest(grants, 'shadow');
  const chosen = act ?? highest(grants, 'ask') ?? shadow;
  const binding = bindingCeilings(charter, given, nowMs);
  const cap = lowest(binding);
  if (chosen !== null) {
    const effect = `${chosen.mandate.mode} up to ${chosen.level}`;
    determining.push({ rule: chosen.mandate.id, effect, why: 'a live mandate covers the case' });
  }
  const mode: readonly Ceiling[] =
    chosen === null || act !== null
      ? []
      : [{ by: 'mode', to: 'none', why: `${chosen.mandate.id} is in mode ${chosen.mandate.mode}` }];
  return {
    mandate: chosen?.mandate ?? null,
    upTo: capped(act, cap),
    shadowUpTo: capped(shadow, cap),
    revokeAfterMs: cap === 'G5' ? (act?.revokeAfterMs ?? null) : null,
    ceilings: [
      ...(chosen === null ? lowered : []),
      ...(chosen?.ceilings ?? []),
      ...mode,
      ...binding,
    ],
    cap,
    determining,
  };
}
