import {
  digestOf,
  FirebreakError,
  isId,
  LIMITS,
  type Secret,
  toTimestamp,
} from '../kernel/index.ts';
import { importRecords, type ImportParts } from './import.ts';
import type {
  CredentialRecord,
  DiscoveredCredentialOrder,
  ExternalRef,
  Found,
  IdentityPage,
  IdentityRecord,
  Inventory,
  LookupRef,
  Ownership,
} from './model.ts';
import { ownersOf } from './owners.ts';
import { derivedIdOf, fingerprintOf, parseRefText, refText } from './refs.ts';
import {
  bumpRevision,
  insertRefs,
  readCredential,
  readCredentialByFingerprint,
  readCredentialsOf,
  readGraph,
  readIdentity,
  readIdentityPage,
  readRefs,
  readRefsByValue,
  readRevision,
  readThing,
  readThings,
  writeCredentials,
} from './store.ts';

const WAKE_CHANNEL = 'inventory';

/** Where a reference leads; never its secret. */
function describe(ref: LookupRef): string {
  if (typeof ref === 'string') return ref.slice(0, LIMITS.refBytesMax);
  return 'secret' in ref ? 'that secret' : refText(ref);
}

export function createInventory(parts: ImportParts): Inventory {
  const { store } = parts;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  store.onWake(WAKE_CHANNEL, tell);
  const recorded = (): void => {
    tell();
    store.wake(WAKE_CHANNEL);
  };
  const lookup = (ref: LookupRef): Promise<Found | null> => lookUp(parts, ref);
  return {
    importRecords: async (records, { source }) => {
      try {
        return await importRecords(parts, records, source);
      } finally {
        // Also after a failure: the batches before it are in.
        recorded();
      }
    },
    lookup,
    find: async (ref) => {
      const found = await lookup(ref);
      if (found === null) throw new FirebreakError('identity-unknown', { ref: describe(ref) });
      return found;
    },
    identity: (id) => readIdentity(store, id),
    credential: (id) => readCredential(store, id),
    credentials: (identityId) => readCredentialsOf(store, identityId),
    thing: (id) => readThing(store, id),
    owners: (identity) => readOwners(parts, identity),
    list: (page) => readPage(parts, page),
    recordCredential: (order) => recordCredential(parts, order),
    recorded,
    fingerprint: (secret: Secret) => fingerprintOf(parts.fingerprintKey, secret),
    revision: () => readRevision(store),
    graph: () => readGraph(store),
    onChange: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

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
  if (isId('credential', id))
    return foundByCredential(parts, await readCredential(parts.store, id), by);
  const identity = await readIdentity(parts.store, id);
  return identity === null ? null : { identity, credential: null, by };
}

async function lookUp(parts: ImportParts, ref: LookupRef): Promise<Found | null> {
  if (typeof ref === 'string') return lookUpText(parts, ref);
  if ('secret' in ref) {
    const fingerprint = fingerprintOf(parts.fingerprintKey, ref.secret);
    const credential = await readCredentialByFingerprint(parts.store, fingerprint);
    return foundByCredential(parts, credential, { secret: true });
  }
  return lookUpRef(parts, ref);
}

async function lookUpRef(parts: ImportParts, ref: ExternalRef): Promise<Found | null> {
  const name = refText(ref);
  const row = (await readRefs(parts.store, [name])).get(name);
  return row === undefined ? null : foundById(parts, row.id, ref);
}

async function lookUpText(parts: ImportParts, name: string): Promise<Found | null> {
  if (isId('identity', name) || isId('credential', name)) {
    return foundById(parts, name, { id: name });
  }
  const ref = parseRefText(name);
  const found = ref === null ? null : await lookUpRef(parts, ref);
  if (found !== null) return found;
  const rows = await readRefsByValue(parts.store, name);
  const [row] = rows;
  // Two records share the value: guessing here could cut the wrong one.
  if (row === undefined || rows.length > 1) return null;
  return foundById(parts, row.id, parseRefText(row.name) ?? { id: row.id });
}

async function readOwners(parts: ImportParts, identity: IdentityRecord): Promise<Ownership> {
  const ids = [...new Set(identity.owners.map((claim) => claim.party))];
  const parties = await readThings(parts.store, ids);
  return ownersOf(identity.owners, new Map(parties.map((party) => [party.id, party])));
}

async function readPage(
  parts: ImportParts,
  page: { readonly limit?: number; readonly cursor?: string; readonly text?: string },
): Promise<IdentityPage> {
  const limit = page.limit ?? LIMITS.pageRowsDefault;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.pageRowsMax) {
    const problem = `limit is a whole number from 1 to ${LIMITS.pageRowsMax}`;
    throw new FirebreakError('request-invalid', { problem });
  }
  const cursor = page.cursor ?? '';
  if (cursor !== '' && !isId('identity', cursor)) {
    throw new FirebreakError('request-invalid', { problem: 'cursor is not one of ours' });
  }
  const rows = await readIdentityPage(parts.store, {
    limit: limit + 1,
    after: cursor,
    text: page.text ?? '',
  });
  const identities = rows.slice(0, limit);
  return { identities, cursor: rows.length > limit ? (identities.at(-1)?.id ?? null) : null };
}

function recordCredential(
  parts: ImportParts,
  order: DiscoveredCredentialOrder,
): ReturnType<Inventory['recordCredential']> {
  const id = order.id ?? derivedIdOf('credential', order);
  const credential: CredentialRecord = {
    type: 'credential',
    id,
    ...order,
    fingerprint: null,
    lastUsedAt: null,
    observedAt: toTimestamp(parts.clock.nowMs()),
  };
  const digest = digestOf({ ...credential, observedAt: null });
  return {
    credential,
    commands: [
      ...writeCredentials([{ record: credential, digest }], 'keep'),
      ...insertRefs([{ id, word: 'credential', refs: order.refs }]),
      bumpRevision,
    ],
  };
}
