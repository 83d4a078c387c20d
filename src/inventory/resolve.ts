import { digestOf, type Id, ID_PREFIXES, isId, type IdWord, type Secret } from '../kernel/index.ts';
import type {
  CredentialRecord,
  EdgeRecord,
  IdentityRecord,
  OwnerClaim,
  ThingRecord,
} from './model.ts';
import { derivedIdOf, fingerprintOf, refText } from './refs.ts';
import type { CredentialDraft, Draft, EdgeDraft, IdentityDraft, ThingDraft } from './schema.ts';
import type { NodeRecord, RefRow, Stored } from './store.ts';

/** What resolving needs to know: names already taken, and what the import says of all its lines. */
export interface Names {
  readonly refs: ReadonlyMap<string, RefRow>;
  readonly ids: ReadonlySet<string>;
  readonly source: string;
  readonly nowMs: number;
  readonly fingerprintKey: Secret;
}

export type Resolved<Value> =
  | { readonly ok: true; readonly value: Value }
  /** `missing`: it may still come further down in the same import. */
  | { readonly ok: false; readonly problem: string; readonly missing: boolean };

export type NodeDraft = Exclude<Draft, EdgeDraft>;

function wrong(problem: string, missing = false): Resolved<never> {
  return { ok: false, problem, missing };
}

const WORDS = Object.keys(ID_PREFIXES);

function isAnyId(text: string): boolean {
  // The keys of the table are its words.
  return WORDS.some((word) => isId(word as IdWord, text));
}

/** The id of a node: its own, else that of a record that has one of its references, else derived. */
export function nodeId<Word extends IdWord>(
  word: Word,
  draft: NodeDraft,
  names: Pick<Names, 'refs' | 'source'>,
): Resolved<Id<Word>> {
  const owners = new Set<string>();
  for (const ref of draft.refs) {
    const row = names.refs.get(refText(ref));
    if (row === undefined) continue;
    if (row.word !== word) return wrong(`${refText(ref)} is the name of a ${row.word}`);
    owners.add(row.id);
  }
  if (draft.id !== null) owners.add(draft.id);
  if (owners.size > 1) return wrong('its id and references belong to different records');
  const [known] = owners;
  if (known !== undefined && isId(word, known)) return { ok: true, value: known };
  const named = 'name' in draft ? { name: draft.name } : {};
  return { ok: true, value: derivedIdOf(word, { ...draft, ...named, source: names.source }) };
}

/** An end of an edge, an owner, the identity of a credential: by id or by reference. */
export function endId(end: string, names: Names): Resolved<string> {
  if (isAnyId(end)) {
    return names.ids.has(end)
      ? { ok: true, value: end }
      : wrong(`no record has the id ${end}`, true);
  }
  const row = names.refs.get(end);
  return row === undefined
    ? wrong('an end is neither a known id nor a known system:type:value', true)
    : { ok: true, value: row.id };
}

/** Without its own time a record is as old as its import; the digest leaves that out, so a repeat changes nothing. */
function stored<Kept extends NodeRecord | EdgeRecord>(
  record: Kept,
  given: string | null,
): Stored<Kept> {
  return { record, digest: digestOf({ ...record, observedAt: given }) };
}

function common(
  draft: NodeDraft | EdgeDraft,
  names: Names,
): { source: string; observedAt: string } {
  return {
    source: names.source,
    observedAt: draft.observedAt ?? new Date(names.nowMs).toISOString(),
  };
}

export function identityRecord(
  draft: IdentityDraft,
  id: Id<'identity'>,
  names: Names,
): Resolved<Stored<IdentityRecord>> {
  const claims: OwnerClaim[] = [];
  for (const owner of draft.owners) {
    const party = endId(owner.party, names);
    // A claim on a party that nobody has described is kept: it shows as an orphan, with the name that was given.
    const assertedAt = owner.assertedAt ?? draft.observedAt ?? '1970-01-01T00:00:00.000Z';
    claims.push({ ...owner, party: party.ok ? party.value : owner.party, assertedAt });
  }
  const record: IdentityRecord = { ...draft, ...common(draft, names), id, owners: claims };
  return { ok: true, value: stored(record, draft.observedAt) };
}

export function credentialRecord(
  draft: CredentialDraft,
  id: Id<'credential'>,
  names: Names,
): Resolved<Stored<CredentialRecord>> {
  const identity = endId(draft.identity, names);
  if (!identity.ok) return wrong(`identity: ${identity.problem}`, identity.missing);
  if (!isId('identity', identity.value)) return wrong('identity names something else');
  const { secret, ...rest } = draft;
  const fingerprint =
    secret === null ? draft.fingerprint : fingerprintOf(names.fingerprintKey, secret);
  const record: CredentialRecord = {
    ...rest,
    ...common(draft, names),
    id,
    identity: identity.value,
    fingerprint,
  };
  return { ok: true, value: stored(record, draft.observedAt) };
}

export function thingRecord(
  draft: ThingDraft,
  id: string,
  names: Names,
): Resolved<Stored<ThingRecord>> {
  const record: ThingRecord = { ...draft, ...common(draft, names), id };
  return { ok: true, value: stored(record, draft.observedAt) };
}

export function edgeRecord(draft: EdgeDraft, names: Names): Resolved<Stored<EdgeRecord>> {
  const from = endId(draft.from, names);
  if (!from.ok) return wrong(`from: ${from.problem}`, from.missing);
  const to = endId(draft.to, names);
  if (!to.ok) return wrong(`to: ${to.problem}`, to.missing);
  if (from.value === to.value) return wrong('from and to are the same');
  const record: EdgeRecord = {
    ...draft,
    ...common(draft, names),
    from: from.value,
    to: to.value,
  };
  return { ok: true, value: stored(record, draft.observedAt) };
}
