import type { Reached } from '../../dependencies/index.ts';
import type { CredentialRecord, IdentityRecord } from '../../inventory/index.ts';
import { LIMITS } from '../../kernel/index.ts';
import { ConnectorFailure } from '../../connectors/contract.ts';
import { targetRef } from '../attribute.ts';
import { connectorOf } from '../facts.ts';
import type { IncidentState, SubjectState } from '../incident/model.ts';
import type { ResponseParts } from '../parts.ts';
import { COMPROMISE_ROWS, type ReviewKind as SiblingReview } from '../plan/compromise.ts';
import type { Found, Looked, ReviewKind, TailItem } from './model.ts';
import { rankOf, traceIn, traceOfRecords } from './traces.ts';

/** One look: what is asked of targets is bounded, and who was asked once is not asked again. */
interface Look {
  readonly parts: ResponseParts;
  readonly subject: SubjectState;
  readonly sinceMs: number;
  readonly signal: AbortSignal;
  readonly missed: string[];
  calls: number;
}

export async function gather(
  parts: ResponseParts,
  state: IncidentState,
  subject: SubjectState,
  signal: AbortSignal,
): Promise<Found> {
  const missed: string[] = [];
  const look: Look = {
    parts,
    subject,
    sinceMs: state.firstSuspectAtMs,
    signal,
    missed,
    calls: 0,
  };
  const identity = await parts.inventory.identity(subject.identity);
  if (identity === null) return { items: [], missed: ['it is not in the inventory'], stays: [] };
  const { review } = COMPROMISE_ROWS[subject.compromise ?? 'unclear'];
  const siblings = review === null ? [] : await siblingsOf(look, identity, review);
  const downstream = await downstreamOf(look);
  const all = [...siblings, ...downstream].toSorted(
    (a, b) => b.rank - a.rank || a.name.localeCompare(b.name),
  );
  const items = all.slice(0, LIMITS.reviewItemsMax);
  if (all.length > items.length) missed.push(`${all.length - items.length} more than a list holds`);
  return { items, missed, stays: await copiesOf(look) };
}

/** Grants like the abused one: those of the same vendor, or all consents of the tenant. */
async function siblingsOf(
  look: Look,
  own: IdentityRecord,
  review: SiblingReview,
): Promise<readonly Looked[]> {
  if (review === 'same-vendor' && own.operator === null) {
    look.missed.push(`nobody knows which vendor runs ${own.name}`);
    return [];
  }
  const items: Looked[] = [];
  for (const { identity, risk } of await identitiesLike(look, own, review)) {
    const isNear = own.operator !== null && identity.operator === own.operator;
    const seen = await traceOfIdentity(look, identity, null);
    const why =
      review === 'same-vendor'
        ? `a grant of the same vendor, ${own.operator ?? ''}`
        : `a consent in the same tenant${isNear ? `, of the same vendor` : ''}`;
    items.push(itemOf(review, identity, why, seen, rankOf(seen.trace, { isNear, risk })));
  }
  return items;
}

interface Sibling {
  readonly identity: IdentityRecord;
  readonly risk: number;
}

async function identitiesLike(
  look: Look,
  own: IdentityRecord,
  review: SiblingReview,
): Promise<readonly Sibling[]> {
  const { inventory } = look.parts;
  const isLike = (one: IdentityRecord): boolean =>
    review === 'same-vendor'
      ? one.operator === own.operator
      : one.kind === 'oauth-app' && (one.tenant ?? null) === (own.tenant ?? null);
  const found = new Map<string, Sibling>();
  // The vendor stands in what a search looks through; consents are a kind of their own.
  const filters = [
    ...(review === 'same-vendor' ? [{ text: own.operator ?? '' }] : []),
    { kind: 'oauth-app' as const },
  ];
  for (const filter of filters) {
    let cursor: string | null = null;
    let gone = 0;
    do {
      const page = await inventory.list({
        ...filter,
        limit: LIMITS.pageRowsMax,
        sort: 'risk',
        ...(cursor === null ? {} : { cursor }),
      });
      for (const identity of page.identities) {
        if (identity.id === own.id || !isLike(identity)) continue;
        found.set(identity.id, { identity, risk: page.listed.get(identity.id)?.risk ?? 0 });
      }
      gone += page.identities.length;
      ({ cursor } = page);
    } while (cursor !== null && gone < LIMITS.reviewScanMax);
    if (cursor !== null) look.missed.push(`identities beyond the first ${gone} by risk`);
  }
  return [...found.values()];
}

/** What trusted it: whatever it could assume, mint, read or write, and the services that took what it gave. */
async function downstreamOf(look: Look): Promise<readonly Looked[]> {
  const { parts, subject } = look;
  if (!parts.dependencies.isLoaded()) {
    look.missed.push('the dependency map is still being read');
    return [];
  }
  const { reached, truncated } = parts.dependencies.blastRadius(subject.identity, { depthMax: 2 });
  if (truncated && reached.length >= LIMITS.reviewItemsMax)
    look.missed.push('neighbours beyond those that the map lists');
  const own = new Set(subject.credentials.map((one) => one.id as string)); // Ids of another word.
  const known = await parts.inventory.credentials(subject.identity);
  for (const { id } of known) own.add(id);
  const items: Looked[] = [];
  for (const one of reached.slice(0, LIMITS.reviewItemsMax)) {
    if (one.kind === 'party' || own.has(one.id)) continue;
    items.push(await neighbour(look, one));
  }
  return items;
}

async function neighbour(look: Look, one: Reached): Promise<Looked> {
  const { inventory } = look.parts;
  const hop = one.path.at(-1);
  const why = hop === undefined ? 'it trusts it' : `${hop.relation}, ${one.depth} away`;
  const record = one.kind === 'credential' ? await inventory.credential(one.id) : null;
  const identity =
    one.kind === 'identity' || record !== null
      ? await inventory.identity(record?.identity ?? one.id)
      : null;
  if (identity === null) {
    const seen = {
      trace: 'not-available',
      seen: `nobody notes who uses this ${one.kind}`,
    } as const;
    const { id, kind, name } = one;
    const rank = rankOf(seen.trace, { isNear: one.tier === 1 });
    const base = { review: 'downstream', id, kind, name, target: null, owner: null } as const;
    return { ...base, why, ...seen, rank };
  }
  const seen = await traceOfIdentity(look, identity, record);
  const { owners } = await inventory.owners(identity);
  const owner = owners.find((each) => each.party !== null)?.party?.name ?? null;
  const item = itemOf('downstream', identity, why, seen, rankOf(seen.trace));
  return { ...item, id: one.id, kind: one.kind, name: one.name, owner };
}

function itemOf(
  review: ReviewKind,
  { id, kind, name, target }: IdentityRecord,
  why: string,
  seen: Pick<Looked, 'trace' | 'seen'>,
  rank: number,
): Looked {
  return { review, id, kind, name, target, owner: null, why, ...seen, rank };
}

async function traceOfIdentity(
  look: Look,
  identity: IdentityRecord,
  credential: CredentialRecord | null,
): Promise<Pick<Looked, 'trace' | 'seen'>> {
  const { parts, subject, sinceMs, signal } = look;
  const records = await parts.inventory.credentials(identity.id);
  const meant = credential === null ? records : records.filter((one) => one.id === credential.id);
  const byRecords = (why: string): Pick<Looked, 'trace' | 'seen'> =>
    traceOfRecords(meant, sinceMs, why);
  if (!parts.connectors.has(identity.target))
    return byRecords(`no connector serves ${identity.target}`);
  if (look.calls >= LIMITS.reviewCallsMax) return byRecords('too many to ask each target about');
  look.calls += 1;
  const names = [subject.identityRef, ...subject.knownCredentials];
  const ref = targetRef(identity.refs, identity.target, 'identity') ?? identity.name;
  const one =
    credential === null ? null : targetRef(credential.refs, identity.target, 'credential');
  try {
    const connector = connectorOf(parts, identity.target);
    const timeoutMs = connector.describe().callTimeoutMs;
    const call = { idempotencyKey: parts.ids.next('step'), timeoutMs, signal };
    const seen = await connector.discover({ identity: ref }, call);
    return traceIn(seen, { names, sinceMs, credential: one });
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    return byRecords(`${identity.target} did not answer`);
  }
}

/** Stores that still hold what the outside knows: whoever reads them gets it again. */
async function copiesOf({ parts, subject }: Look): Promise<readonly TailItem[]> {
  if (!parts.dependencies.isLoaded()) return [];
  const { identity, name } = subject;
  const items: TailItem[] = [];
  for (const { id, ref, exposed } of subject.credentials) {
    if (!exposed) continue;
    const { shared } = parts.dependencies.collateral(id);
    const stores = shared.filter((one) => one.kind === 'copies').flatMap((one) => one.among);
    if (stores.length === 0) continue;
    const names = stores.slice(0, 5).map((one) => parts.dependencies.nameOf(one));
    const what = `${ref} of ${name} lies in ${stores.length} stores: ${names.join(', ')}`;
    items.push({ key: `copy:${id}`, kind: 'copy', identity, what });
  }
  return items;
}
