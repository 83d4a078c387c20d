import type { Id } from '../../kernel/index.ts';
import type { SignedIn } from '../../people/index.ts';
import type { Scope } from '../contract/index.ts';

/** A token as it is kept: never with its secret. */
export interface ApiToken {
  readonly id: Id<'token'>;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Who acts with it; null = a machine. */
  readonly person: string | null;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly expiresAtMs: number;
  readonly revokedAtMs: number | null;
}

/** Who makes a request, as the edge established it. */
export interface Caller {
  /** `person:mia`, `token:ci`. */
  readonly name: string;
  /** Null for sessions. */
  readonly tokenName: string | null;
  readonly person: string | null;
  readonly scopes: readonly Scope[];
  readonly expiresAtMs: number;
  /** Null for tokens. */
  readonly signedIn: SignedIn | null;
}

export interface TokenOrder {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly person?: string;
  readonly expiresAtMs?: number;
}

export interface CreatedToken {
  readonly token: ApiToken;
  /** Shown once. */
  readonly text: string;
}

/** Bearer tokens: which machines may speak, and for whom. */
export interface Tokens {
  readonly create: (order: TokenOrder, by: string) => Promise<CreatedToken>;
  readonly list: () => Promise<readonly ApiToken[]>;
  readonly find: (id: string) => Promise<ApiToken | null>;
  readonly revoke: (id: string, by: string) => Promise<ApiToken>;
  /** Ends every token of this person; a repeat is harmless. */
  readonly endAllOf: (person: string, by: string) => Promise<void>;
  /** Null when nobody is behind that text. */
  readonly verifyToken: (text: string) => Promise<Caller | null>;
  /** Who was behind that text a moment ago; asks no store. */
  readonly recall: (text: string) => Caller | null;
  /** True while no token was ever made. */
  readonly isEmpty: () => Promise<boolean>;
  readonly stop: () => void;
}
