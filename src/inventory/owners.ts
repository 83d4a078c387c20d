import { LIMITS } from '../kernel/index.ts';
import type {
  EffectiveOwner,
  OwnerAlternate,
  OwnerFlag,
  OwnerState,
  Ownership,
  ProposedOwner,
} from './contract.ts';
import type { OwnerClaim, OwnerRole, ThingRecord } from './model.ts';
import { refText } from './refs.ts';

export interface OwnerPolicy {
  readonly nowMs: number;
  /** Claims older than this are doubted. */
  readonly staleAfterMs: number;
}

/** Who owns what lies around an identity; each with why it speaks for them. */
export interface OwnerVote {
  readonly party: string;
  readonly name: string;
  readonly why: string;
}

export type PartyState = 'live' | 'left' | 'unknown';

export function defaultPolicy(nowMs: number): OwnerPolicy {
  return { nowMs, staleAfterMs: LIMITS.ownerClaimStaleMs };
}

/** Every name by which a roster or a person may speak of a party. */
export function namesOf(party: ThingRecord): readonly string[] {
  return [
    ...new Set([party.id, party.name, ...party.refs.flatMap((ref) => [refText(ref), ref.value])]),
  ];
}

export function partyState(party: ThingRecord | undefined, nowMs: number): PartyState {
  if (party === undefined) return 'unknown';
  const hasLeft = typeof party.leftAt === 'string' && Date.parse(party.leftAt) <= nowMs;
  return hasLeft || (party.gone ?? null) !== null ? 'left' : 'live';
}

/** Strength alone: confidence, then age, then the party's id, so that there is always one answer. */
function byStrength(left: OwnerClaim, right: OwnerClaim): number {
  if (left.confidence !== right.confidence) return right.confidence - left.confidence;
  if (left.assertedAt !== right.assertedAt) return left.assertedAt > right.assertedAt ? -1 : 1;
  if (left.party === right.party) return 0;
  return left.party < right.party ? -1 : 1;
}

const STATE_ORDER: readonly PartyState[] = ['live', 'left', 'unknown'];

interface Judged {
  readonly claim: OwnerClaim;
  readonly party: ThingRecord | null;
  readonly state: PartyState;
}

function judge(
  claims: readonly OwnerClaim[],
  role: OwnerRole,
  parties: ReadonlyMap<string, ThingRecord>,
  nowMs: number,
): readonly Judged[] {
  return claims
    .filter((claim) => claim.role === role)
    .toSorted(byStrength)
    .map((claim) => {
      const party = parties.get(claim.party);
      return { claim, party: party ?? null, state: partyState(party, nowMs) };
    })
    .toSorted((left, right) => STATE_ORDER.indexOf(left.state) - STATE_ORDER.indexOf(right.state));
}

const nameOf = ({ party, claim }: Judged): string => party?.name ?? claim.party;

function againstAlternate(best: Judged, other: Judged): string {
  if (other.state === 'unknown') return 'no such party is known';
  if (other.state === 'left') return 'the party is no longer there';
  if (other.claim.confidence < best.claim.confidence) return 'a weaker claim';
  return other.claim.assertedAt < best.claim.assertedAt ? 'an older claim' : 'an equal claim';
}

function whyOf(best: Judged, count: number): string {
  const others = count === 1 ? 'the only claim' : `the strongest and newest of ${count} claims`;
  const doubt = {
    live: '',
    left: '; the party is no longer there',
    unknown: '; no such party is known',
  };
  return `${others}, by ${best.claim.basis}${doubt[best.state]}`;
}

function effective(role: OwnerRole, judged: readonly Judged[]): EffectiveOwner | null {
  const [best, ...others] = judged;
  if (best === undefined) return null;
  const alternates: OwnerAlternate[] = others.map((other) => ({
    claim: other.claim,
    name: nameOf(other),
    why: againstAlternate(best, other),
  }));
  return {
    role,
    claim: best.claim,
    party: best.party,
    names: best.party === null ? [best.claim.party] : namesOf(best.party),
    why: whyOf(best, judged.length),
    alternates,
  };
}

const DAY_MS = 86_400_000;

function flagsOf(
  role: OwnerRole,
  judged: readonly Judged[],
  policy: OwnerPolicy,
): readonly OwnerFlag[] {
  const [best] = judged;
  if (best === undefined) return [];
  const flags: OwnerFlag[] = [];
  const left = judged.find(({ state }) => state === 'left');
  if (left !== undefined && (best.state !== 'live' || byStrength(left.claim, best.claim) <= 0)) {
    flags.push({ flag: 'departed', role, why: `${nameOf(left)} is no longer there` });
  }
  if (best.state !== 'live') return flags;
  const rivals = judged.filter(
    ({ claim, state }) =>
      state === 'live' &&
      claim.party !== best.claim.party &&
      claim.confidence === best.claim.confidence,
  );
  if (rivals.length > 0) {
    const names = [...new Set(rivals.map(nameOf))].join(', ');
    flags.push({ flag: 'contested', role, why: `${nameOf(best)} and ${names} are claimed alike` });
  }
  const ageMs = policy.nowMs - Date.parse(best.claim.assertedAt);
  if (ageMs > policy.staleAfterMs) {
    const days = Math.floor(ageMs / DAY_MS);
    flags.push({ flag: 'stale', role, why: `the claim is ${days} days old` });
  }
  return flags;
}

/** Whoever owns most of what lies around it; ties by id. Only a proposal: nothing acts on it. */
export function proposeOwner(votes: readonly OwnerVote[]): ProposedOwner | null {
  const counts = new Map<string, { readonly first: OwnerVote; count: number }>();
  for (const vote of votes) {
    const known = counts.get(vote.party);
    if (known === undefined) counts.set(vote.party, { first: vote, count: 1 });
    else known.count += 1;
  }
  const [best] = [...counts.values()].toSorted(
    (left, right) => right.count - left.count || (left.first.party < right.first.party ? -1 : 1),
  );
  if (best === undefined) return null;
  const { first, count } = best;
  const why = `${count} of ${votes.length} neighbours on the map are theirs; ${first.why}`;
  // A guess stays below every claim that a person made.
  const confidence = Math.round((50 * count) / votes.length) / 100;
  return { party: first.party, name: first.name, confidence, why };
}

/** Claims in, one owner for each role out, with what is wrong about them. An orphan has no owner that is there. */
export function ownersOf(
  claims: readonly OwnerClaim[],
  parties: ReadonlyMap<string, ThingRecord>,
  policy: OwnerPolicy = { nowMs: 0, staleAfterMs: Number.POSITIVE_INFINITY },
  votes: readonly OwnerVote[] = [],
): Ownership {
  const owners: EffectiveOwner[] = [];
  const flags: OwnerFlag[] = [];
  let isOrphan = true;
  for (const role of ['business', 'technical'] as const) {
    const judged = judge(claims, role, parties, policy.nowMs);
    const owner = effective(role, judged);
    if (owner === null) continue;
    owners.push(owner);
    flags.push(...flagsOf(role, judged, policy));
    if (judged[0]?.state === 'live') isOrphan = false;
  }
  if (isOrphan) {
    const why = claims.length === 0 ? 'nobody claims it' : 'nobody who claims it is there';
    flags.unshift({ flag: 'orphan', role: null, why });
  }
  return { owners, orphan: isOrphan, flags, proposed: isOrphan ? proposeOwner(votes) : null };
}

/** The one word for lists: the worst flag. */
export function ownerStateOf({ flags }: Ownership): OwnerState {
  const order = ['orphan', 'departed', 'contested', 'stale'] as const;
  return order.find((state) => flags?.some(({ flag }) => flag === state)) ?? 'owned';
}
