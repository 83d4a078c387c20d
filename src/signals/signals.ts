import { createHmac } from 'node:crypto';
import { fingerprintOf, refText } from '../inventory/index.ts';
import {
  canonicalJson,
  type Clock,
  CONFIDENCES,
  FirebreakError,
  type Id,
  type IdSource,
  isFirebreakError,
  type JsonObject,
  LIMITS,
  reveal,
  type Secret,
  stopPoint,
  toTimestamp,
  weakerOf,
} from '../kernel/index.ts';
import type { Ledger, LedgerEntry } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';
import { type Authenticated, authenticate } from './authenticity.ts';
import { createCustody } from './custody.ts';
import type { AcceptedSignal, Custody, Signal, Signals, SignalSource } from './model.ts';
import { parseStatement, type Statement } from './parse.ts';
import { insertSignal, readByKey, readSignal, readSignals, type StoredSignal } from './store.ts';

export interface SignalParts {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Encrypts what lies in custody. */
  readonly custodyKey: Secret;
  /** The same key as the inventory's. */
  readonly fingerprintKey: Secret;
  readonly sources: readonly SignalSource[];
}

/** Two statements are the same when they say the same; keyed, because one of them may hold a secret. */
function digestOf(key: Secret, statement: Statement): string {
  const { secret, ...rest } = statement;
  const whole = { ...rest, secret: secret === null ? null : reveal(secret) };
  return createHmac('sha256', reveal(key)).update(canonicalJson(whole)).digest('hex');
}

function signalOf(
  parts: SignalParts,
  { source, authenticity }: Authenticated,
  statement: Statement,
  custody: Id<'custody'> | null,
): Signal {
  const { type, refs, secret, occurredAt, key, detail } = statement;
  const stated = statement.confidence ?? 'medium';
  return {
    id: parts.ids.next('signal'),
    source: source.name,
    key,
    type,
    refs,
    custody,
    fingerprint: secret === null ? null : fingerprintOf(parts.fingerprintKey, secret),
    authenticity,
    // Nobody is believed further than the charter of sources says; without proof, least of all.
    confidence:
      authenticity === 'unauthenticated'
        ? 'weak'
        : weakerOf(CONFIDENCES, stated, source.confidenceMax),
    occurredAt,
    receivedAt: toTimestamp(parts.clock.nowMs()),
    detail,
  };
}

function entryOf(parts: SignalParts, signal: Signal): LedgerEntry {
  const data: JsonObject = { ...signal, refs: signal.refs.map(refText) };
  return {
    id: parts.ids.next('entry'),
    at: signal.receivedAt,
    kind: 'signal.received',
    actor: `source:${signal.source}`,
    incident: null,
    ordinal: null,
    data,
  };
}

/** Null when the key is new; throws when it stands for another statement. */
function repeatOf(known: StoredSignal | null, bodyDigest: string): AcceptedSignal | null {
  if (known === null) return null;
  const { signal } = known;
  if (known.bodyDigest === bodyDigest) return { signalId: signal.id, repeated: true, signal };
  const { source, key } = signal;
  throw new FirebreakError('signal-key-reused', { source, key });
}

/** Sorts after every id, in every collation. */
const AFTER_ALL = `sig_${'z'.repeat(22)}`;

export function createSignals(parts: SignalParts): Signals {
  const { store } = parts;
  const sources = new Map(parts.sources.map((source) => [source.name, source]));
  const custody = createCustody(parts);
  return {
    accept: async (incoming, follow) => {
      const nowMs = parts.clock.nowMs();
      const authenticated = authenticate(incoming, sources, nowMs);
      const statement = parseStatement(incoming.rawBody, nowMs);
      return accept(parts, custody, authenticated, statement, follow);
    },
    get: (id) => readSignal(store, id),
    list: ({ limit, before }) =>
      readSignals(store, Math.max(1, Math.min(limit, LIMITS.pageRowsMax)), before ?? AFTER_ALL),
    custody,
    isIdentityProvider: (source) => sources.get(source)?.identityProvider === true,
  };
}

async function accept(
  parts: SignalParts,
  custody: Custody,
  authenticated: Authenticated,
  statement: Statement,
  follow: Parameters<Signals['accept']>[1],
): Promise<AcceptedSignal> {
  const bodyDigest = digestOf(parts.fingerprintKey, statement);
  const read = (): Promise<StoredSignal | null> =>
    readByKey(parts.store, authenticated.source.name, statement.key);
  const kept = statement.secret === null ? null : custody.keep(statement.secret, 'leaked-secret');
  const signal = signalOf(parts, authenticated, statement, kept?.id ?? null);
  const followed = follow(signal);
  const commands = [
    insertSignal({ signal, bodyDigest }, parts.clock.nowMs()),
    ...(kept?.commands ?? []),
    ...(followed?.commands ?? []),
  ];
  try {
    stopPoint('before-accept');
    await parts.ledger.append([entryOf(parts, signal)], commands);
    stopPoint('after-accept');
  } catch (error) {
    // The key was taken: a repeat, or another statement. Asking first would cost every new signal a query.
    const earlier = isFirebreakError(error, 'store-conflict') ? await read() : null;
    const other = repeatOf(earlier, bodyDigest);
    if (other === null) throw error;
    return other;
  }
  followed?.start();
  return { signalId: signal.id, repeated: false, signal };
}
