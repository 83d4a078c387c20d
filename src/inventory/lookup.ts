import { FirebreakError, isId, LIMITS } from '../kernel/index.ts';
import type { ImportParts } from './import/model.ts';
import type { CredentialRecord, ExternalRef, Found, LookupRef } from './model.ts';
import { normaliseRef, valueForms } from './normalise.ts';
import { fingerprintOf, parseRefText, refText, wordOfId } from './refs.ts';
import {
  BY_FINGERPRINT,
  readCredential,
  readIdentity,
  readNodes,
  readOwnRefs,
  readRefs,
  readRefsByValue,
  readThing,
  recordsOf,
  type RefHit,
} from './store.ts';

async function foundByCredential(
  parts: ImportParts,
  credential: CredentialRecord | null,
  by: Found['by'],
): Promise<Found | null> {
  if (credential === null) return null;
  const identity = await readIdentity(parts.store, credential.identity);
  return identity === null ? null : { identity, credential, by };
}

async function foundById(parts: ImportParts, id: string, by: Found['by']): Promise<Found | null> {
  if (isId('credential', id)) {
    return foundByCredential(parts, await readCredential(parts.store, id), by);
  }
  const identity = await readIdentity(parts.store, id);
  return identity === null ? null : { identity, credential: null, by };
}

export async function lookUp(parts: ImportParts, ref: LookupRef): Promise<Found | null> {
  if (typeof ref === 'string') return lookUpText(parts, ref);
  if ('secret' in ref) return lookUpSecret(parts, fingerprintOf(parts.fingerprintKey, ref.secret));
  return lookUpRef(parts, ref);
}

/**
 * The index is searched for the fingerprint, never for the secret: without the server's key nobody can choose
 * fingerprints that share a beginning, so the time of the search says nothing about a secret.
 */
async function lookUpSecret(parts: ImportParts, fingerprint: string): Promise<Found | null> {
  const hits = await readOwnRefs(parts.store, BY_FINGERPRINT, [fingerprint]);
  const records = recordsOf(
    await readNodes(
      parts.store,
      hits.map(({ num }) => num),
    ),
  );
  // One secret copied into two records: one that is still there answers, then the newest.
  const [credential] = records
    .flatMap((one) => (one.type === 'credential' && one.fingerprint === fingerprint ? one : []))
    .toSorted((left, right) => {
      const isGone = (one: CredentialRecord): number => ((one.gone ?? null) === null ? 0 : 1);
      return isGone(left) - isGone(right) || (left.id < right.id ? 1 : -1);
    });
  return foundByCredential(parts, credential ?? null, { secret: true });
}

const isAnswer = ({ word }: RefHit): boolean => word === 'identity' || word === 'credential';

async function lookUpRef(parts: ImportParts, ref: ExternalRef): Promise<Found | null> {
  const hits = (await readRefs(parts.store, [normaliseRef(ref)])).filter(isAnswer);
  const [hit] = hits;
  return hit === undefined ? null : foundById(parts, hit.id, ref);
}

async function lookUpText(parts: ImportParts, name: string): Promise<Found | null> {
  if (isId('identity', name) || isId('credential', name)) {
    return foundById(parts, name, { id: name });
  }
  const ref = parseRefText(name);
  const found = ref === null ? null : await lookUpRef(parts, ref);
  if (found !== null) return found;
  for (const form of valueForms(name)) {
    const hits = await readRefsByValue(parts.store, form);
    const ids = new Set(hits.map(({ id }) => id));
    const [hit] = hits;
    if (hit === undefined) continue;
    // Two records share the value: guessing here could cut the wrong one.
    return ids.size > 1 ? null : foundById(parts, hit.id, hit.ref);
  }
  return null;
}

/** Where a bare value leads to several things: which. Nothing found and too much found want different answers. */
export async function ambiguityOf(
  { store }: Pick<ImportParts, 'store'>,
  name: string,
  of: 'identities' | 'all',
): Promise<FirebreakError | null> {
  for (const form of valueForms(name)) {
    const hits = await readRefsByValue(store, form, of);
    const matches = new Map(hits.map(({ id, ref }) => [id, refText(ref)]));
    if (matches.size === 0) continue;
    if (matches.size === 1) return null;
    const named = [...matches].map(([id, ref]) => `${id} (${ref})`).slice(0, MATCHES_SHOWN);
    const facts = { ref: name, count: matches.size, matches: named.join(', ') };
    return new FirebreakError('reference-ambiguous', facts);
  }
  return null;
}

const MATCHES_SHOWN = 5;

/** Of anything that the inventory knows, not only of what an alert is about. */
export async function idOfAny(parts: ImportParts, name: string): Promise<string> {
  const found = await lookUpText(parts, name);
  if (found !== null) return found.credential?.id ?? found.identity.id;
  if (wordOfId(name) !== null && (await readThing(parts.store, name)) !== null) return name;
  const ref = parseRefText(name);
  const [exact] = ref === null ? [] : await readRefs(parts.store, [normaliseRef(ref)]);
  if (exact !== undefined) return exact.id;
  const ambiguity = await ambiguityOf(parts, name, 'all');
  if (ambiguity !== null) throw ambiguity;
  for (const form of valueForms(name)) {
    const [hit] = await readRefsByValue(parts.store, form, 'all');
    if (hit !== undefined) return hit.id;
  }
  throw new FirebreakError('node-unknown', { ref: name.slice(0, LIMITS.refBytesMax) });
}
