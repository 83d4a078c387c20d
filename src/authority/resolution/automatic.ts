import { GUARANTEES, type Guarantee, isAtLeast, weakerOf } from '../../kernel/index.ts';
import type { Charter, Mandate, RateFuse } from '../charter/model.ts';
import type { Ceiling, Determining, Weighed } from '../model.ts';
import { type Grant, grantedBy } from './mandates.ts';
import type { Case } from './match.ts';
import { protectionsOf } from './protected.ts';
import { type Bounds, confidenceNumber, strongerOf, weigh } from './threshold.ts';

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
  readonly weighed: Weighed | null;
  /** The source whose fuse is blown. */
  readonly blownSource: string | null;
  readonly determining: readonly Determining[];
}

function countSince(given: Case, sinceMs: number, source: string | null): number {
  return given.facts.automaticCuts.filter(
    (cut) => cut.atMs > sinceMs && (source === null || cut.source === source),
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

function blownSource(charter: Charter, given: Case, nowMs: number): string | null {
  const fuse = charter.fuses.sameSource;
  const source = given.facts.signalSource;
  if (fuse?.quarantines !== true || countSince(given, nowMs - fuse.perMs, source) < fuse.limit)
    return null;
  return source;
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
  for (const { identity, class: name, max, path, rule } of protectionsOf(charter, given)) {
    const what = identity ?? (name === null ? (rule ?? '') : `class ${name}`);
    const why = `${what} is protected; its path is ${path.join(', ')}`;
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

function weighCase(
  { threshold }: Charter,
  given: Case,
  nowMs: number,
  minutesToAnswer: number,
): { readonly weighed: Weighed; readonly bounds: Bounds } | null {
  const { stakes, authenticity, rehearsedAt } = given.facts;
  if (stakes === undefined || stakes.stages.length === 0) return null;
  const confidence = confidenceNumber(given.confidence, authenticity);
  const undoRehearsedMs = rehearsedAt === null ? null : nowMs - Date.parse(rehearsedAt);
  const minutes = stakes.minutesToAnswer ?? minutesToAnswer;
  const weighed = weigh({ stakes, confidence, minutes, undoRehearsedMs, bounds: threshold });
  return { weighed, bounds: threshold };
}

/** Where the threshold stops a mandate. Nothing reaches: ask, and hold G2 where it is mandated. */
function thresholdCeiling(weighed: Weighed | null, level: Guarantee): readonly Ceiling[] {
  if (weighed === null) return [];
  const { allows, stages, sentence } = weighed;
  const stopped = stages.some(
    ({ guarantee }) =>
      isAtLeast(GUARANTEES, level, guarantee) &&
      (allows === null || !isAtLeast(GUARANTEES, allows, guarantee)),
  );
  if (!stopped) return [];
  const to = allows === null ? 'G2' : strongerOf(allows, 'G2');
  return isAtLeast(GUARANTEES, to, level) ? [] : [{ by: 'threshold', to, why: sentence }];
}

/** After an uncontested window revoking is not held to its floor, only to what it costs. */
function mayRevoke(weighed: Weighed | null, bounds: Bounds | null): boolean {
  const revoke = weighed?.stages.find(({ guarantee }) => guarantee === 'G5');
  if (weighed === null || bounds === null || revoke === undefined) return true;
  const { waitingCosts, cuttingCosts } = revoke;
  const plain = cuttingCosts === 0 ? 0 : cuttingCosts / (cuttingCosts + waitingCosts);
  return weighed.confidence >= Math.min(bounds.ceiling, Math.max(bounds.floor, plain));
}

/** Ceilings come last and turn what is automatic into something asked, never into something impossible. */
export function automaticOf(
  charter: Charter,
  given: Case,
  nowMs: number,
  minutesToAnswer: number,
): Automatic {
  const { act, shadow, chosen, lowered, determining } = grantedBy(charter, given, nowMs);
  const binding = bindingCeilings(charter, given, nowMs);
  const cap = lowest(binding);
  const weighing = weighCase(charter, given, nowMs, minutesToAnswer);
  const weighed = weighing?.weighed ?? null;
  const threshold = chosen === null ? [] : thresholdCeiling(weighed, chosen.level);
  const most = lowest([...binding, ...threshold]);
  const mode: readonly Ceiling[] =
    chosen === null || act !== null
      ? []
      : [{ by: 'mode', to: 'none', why: `${chosen.mandate.id} is in mode ${chosen.mandate.mode}` }];
  // In the order in which they bind: the threshold stands after the profile, before what is protected.
  const profile = binding.filter(({ by }) => by === 'authenticity' || by === 'profile');
  const later = binding.filter(({ by }) => by !== 'authenticity' && by !== 'profile');
  const ownCeilings = [...lowered, ...(chosen?.ceilings ?? []), ...mode];
  const revokes =
    cap === 'G5' && threshold.length === 0 && mayRevoke(weighed, weighing?.bounds ?? null);
  return {
    mandate: chosen?.mandate ?? null,
    upTo: capped(act, most),
    shadowUpTo: capped(shadow, lowest([...binding, ...thresholdOfShadow(weighed, shadow)])),
    revokeAfterMs: revokes ? (act?.revokeAfterMs ?? null) : null,
    ceilings: [...ownCeilings, ...profile, ...threshold, ...later],
    cap,
    weighed,
    blownSource: blownSource(charter, given, nowMs),
    determining,
  };
}

function thresholdOfShadow(weighed: Weighed | null, shadow: Grant | null): readonly Ceiling[] {
  return shadow === null ? [] : thresholdCeiling(weighed, shadow.level);
}
