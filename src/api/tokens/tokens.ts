import { timingSafeEqual } from 'node:crypto';
import {
  FirebreakError,
  isFirebreakError,
  LIMITS,
  toTimestamp,
  type Clock,
  type IdSource,
} from '../../kernel/index.ts';
import type { Ledger, LedgerEntry } from '../../ledger/index.ts';
import type { Store } from '../../store/index.ts';
import type { ApiToken, Caller, CreatedToken, TokenOrder, Tokens } from './model.ts';
import { drawToken, hashOf, parseToken } from './secrets.ts';
import {
  countTokens,
  findToken,
  findTokensOf,
  insertToken,
  isNameTaken,
  listTokens,
  revokeToken,
  type StoredToken,
} from './store.ts';

export interface TokenParts {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly ids: IdSource;
}

const CHANNEL = 'api.tokens';

/** Who was verified a moment ago, by the hash of what they showed; bounded, oldest out first. */
class Memory {
  readonly #clock: Clock;
  /** Grows when something was revoked: who was looked up before that is not remembered. */
  generation = 0;
  readonly #looks = new Map<string, Promise<Caller | null>>();
  readonly #callers = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  recall(hash: string): Caller | null {
    const kept = this.#callers.get(hash);
    const nowMs = this.#clock.nowMs();
    if (kept === undefined) return null;
    if (kept.untilMs > nowMs && kept.caller.expiresAtMs > nowMs) return kept.caller;
    this.#callers.delete(hash);
    return null;
  }

  keep(hash: string, caller: Caller, generation: number): Caller {
    if (generation !== this.generation) return caller;
    this.#callers.delete(hash);
    const [oldest] = this.#callers.keys();
    const isFull = this.#callers.size >= LIMITS.authenticationMemoryMax;
    if (isFull && oldest !== undefined) this.#callers.delete(oldest);
    this.#callers.set(hash, { caller, untilMs: this.#clock.nowMs() + LIMITS.tokenMemoryMs });
    return caller;
  }

  /** Many requests with one token at once are one look; one that began before something was revoked is not shared. */
  once(hash: string, look: () => Promise<Caller | null>): Promise<Caller | null> {
    const underway = this.#looks.get(hash);
    if (underway !== undefined) return underway;
    const forget = (): void => {
      if (this.#looks.get(hash) === mine) this.#looks.delete(hash);
    };
    const mine = look().finally(forget);
    this.#looks.set(hash, mine);
    return mine;
  }

  clear(): void {
    this.generation += 1;
    this.#callers.clear();
    this.#looks.clear();
  }
}

function callerOf(token: ApiToken): Caller {
  const { name, person, scopes, expiresAtMs } = token;
  return {
    name: person === null ? `token:${name}` : `person:${person}`,
    tokenName: name,
    person,
    scopes,
    expiresAtMs,
    signedIn: null,
  };
}

function entryOf(
  parts: TokenParts,
  kind: string,
  actor: string,
  { id, name, scopes, person }: ApiToken,
): LedgerEntry {
  return {
    id: parts.ids.next('entry'),
    at: toTimestamp(parts.clock.nowMs()),
    kind,
    actor,
    incident: null,
    ordinal: null,
    data: { id, name, scopes, person },
  };
}

function checkLife(nowMs: number, expiresAtMs: number): void {
  if (expiresAtMs > nowMs && expiresAtMs <= nowMs + LIMITS.tokenLifeMsMax) return;
  const days = Math.floor(LIMITS.tokenLifeMsMax / 86_400_000);
  const problem = `expiresAt lies between now and ${days} days from now`;
  throw new FirebreakError('request-invalid', { problem });
}

async function createToken(
  parts: TokenParts,
  order: TokenOrder,
  createdBy: string,
): Promise<CreatedToken> {
  const { store, clock, ids } = parts;
  const { name, scopes, person = null } = order;
  const createdAtMs = clock.nowMs();
  const expiresAtMs = order.expiresAtMs ?? createdAtMs + LIMITS.tokenLifeMsDefault;
  checkLife(createdAtMs, expiresAtMs);
  if (await isNameTaken(store, name)) throw new FirebreakError('token-name-taken', { name });
  const id = ids.next('token');
  const drawn = drawToken(id);
  const times = { createdAtMs, expiresAtMs, revokedAtMs: null };
  const token: ApiToken = { id, name, scopes, person, createdBy, ...times };
  const stored: StoredToken = { ...token, hash: drawn.hash };
  try {
    await parts.ledger.append(
      [entryOf(parts, 'token.created', createdBy, token)],
      [insertToken(stored)],
    );
  } catch (error) {
    // Somebody was faster with the same name.
    if (!isFirebreakError(error, 'store-constraint')) throw error;
    throw new FirebreakError('token-name-taken', { name }, error);
  }
  return { token, text: drawn.text };
}

async function revoke(parts: TokenParts, id: string, by: string): Promise<ApiToken> {
  const stored = await findToken(parts.store, id);
  if (stored === null) throw new FirebreakError('token-unknown', { token: id });
  const { hash: _, ...token } = stored;
  if (token.revokedAtMs !== null) return token;
  const nowMs = parts.clock.nowMs();
  await parts.ledger.append([entryOf(parts, 'token.revoked', by, token)], [revokeToken(id, nowMs)]);
  return { ...token, revokedAtMs: nowMs };
}

async function endAllOf(parts: TokenParts, person: string, by: string): Promise<void> {
  const tokens = await findTokensOf(parts.store, person);
  for (const { id } of tokens) await revoke(parts, id, by);
}

async function lookUpToken(parts: TokenParts, text: string): Promise<Caller | null> {
  const parsed = parseToken(text);
  const stored = parsed === null ? null : await findToken(parts.store, parsed.id);
  if (parsed === null || stored === null || stored.revokedAtMs !== null) return null;
  if (stored.expiresAtMs <= parts.clock.nowMs()) return null;
  const same = timingSafeEqual(Buffer.from(stored.hash), Buffer.from(parsed.hash));
  return same ? callerOf(stored) : null;
}

export function createTokens(parts: TokenParts): Tokens {
  const { store, clock } = parts;
  const memory = new Memory(clock);
  const forget = (): void => {
    memory.clear();
  };
  const stop = store.onWake(CHANNEL, forget);
  const changed = (): void => {
    forget();
    store.wake(CHANNEL);
  };
  const verify = async (
    text: string,
    lookUp: (parts: TokenParts, text: string) => Promise<Caller | null>,
  ): Promise<Caller | null> => {
    const hash = hashOf(text);
    const recalled = memory.recall(hash);
    if (recalled !== null) return recalled;
    return await memory.once(hash, async () => {
      const { generation } = memory;
      const caller = await lookUp(parts, text);
      return caller === null ? null : memory.keep(hash, caller, generation);
    });
  };
  return {
    create: (order, by) => createToken(parts, order, by),
    list: () => listTokens(store, LIMITS.pageRowsMax),
    find: async (id) => {
      const stored = await findToken(store, id);
      if (stored === null) return null;
      const { hash: _, ...token } = stored;
      return token;
    },
    revoke: async (id, by) => {
      const token = await revoke(parts, id, by);
      changed();
      return token;
    },
    endAllOf: async (person, by) => {
      await endAllOf(parts, person, by);
      changed();
    },
    verifyToken: (text) => verify(text, lookUpToken),
    recall: (text) => memory.recall(hashOf(text)),
    isEmpty: async () => (await countTokens(store)) === 0,
    stop,
  };
}
