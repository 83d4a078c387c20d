import type { Store } from '../store/index.ts';
import type { OwnerClaim, ThingRecord } from './model.ts';
import { normaliseRef } from './normalise.ts';
import { keyOf, parseRefText, refText, wordOfId } from './refs.ts';
import { readNodesById, readRefs, recordsOf } from './store.ts';

/** What claims call their parties, and who that is. */
export interface Parties {
  /** By the text of the claim, and by id. */
  readonly byName: ReadonlyMap<string, ThingRecord>;
  /** The same claims with ids where the party is known. */
  readonly resolve: (claims: readonly OwnerClaim[]) => readonly OwnerClaim[];
}

export async function readParties(store: Store, names: Iterable<string>): Promise<Parties> {
  const wanted = [...new Set(names)];
  const ids = new Set(wanted.filter((name) => wordOfId(name) === 'party'));
  const refs = wanted.flatMap((name) => {
    const ref = ids.has(name) ? null : parseRefText(name);
    return ref === null ? [] : [normaliseRef(ref)];
  });
  const idOfRef = new Map<string, string>();
  for (const { ref, id, word } of await readRefs(store, refs)) {
    if (word !== 'party') continue;
    idOfRef.set(refText(ref), id);
    ids.add(id);
  }
  const byName = new Map<string, ThingRecord>();
  for (const record of recordsOf(await readNodesById(store, [...ids]))) {
    if (record.type === 'party') byName.set(record.id, record);
  }
  for (const name of wanted) {
    const id = idOfRef.get(keyOf(name) ?? name);
    const party = id === undefined ? undefined : byName.get(id);
    if (party !== undefined) byName.set(name, party);
  }
  const resolve = (claims: readonly OwnerClaim[]): readonly OwnerClaim[] =>
    claims.map((claim) => ({ ...claim, party: byName.get(claim.party)?.id ?? claim.party }));
  return { byName, resolve };
}
