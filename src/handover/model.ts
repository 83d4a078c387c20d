import type { Secret } from '../kernel/index.ts';

/** Where one consumer reads its credential from. */
export interface HandoverPlace {
  /** Name of the store, as the configuration calls it. */
  readonly store: string;
  /** Which entry of it: a variable, or `host:port:database:user`. */
  readonly key: string;
  /** The entry beside it that holds the account, where the new credential may belong to another one. */
  readonly accountKey?: string;
}

export interface Held {
  /** Of the whole store: a write that expects it is refused once anybody has changed anything. */
  readonly version: string;
  readonly secret: Secret | null;
  readonly account: string | null;
}

export interface HandoverOrder {
  readonly place: HandoverPlace;
  readonly secret: Secret;
  /** Who logs in with it, where that is not the account of before. */
  readonly account: string | null;
  /** The version that was read before. */
  readonly expect: string;
}

export type HandedOver =
  | { readonly state: 'done' | 'already'; readonly version: string }
  /** Somebody changed the store since it was read. Nothing was written. */
  | { readonly state: 'conflict'; readonly version: string };

/** What a consumer's credential is put into. It is read back by the same way that the consumer reads it. */
export interface HandoverStore {
  readonly kind: 'env-file' | 'pgpass' | 'simulated';
  /** With `account`, the entry of that account where the store keeps several. */
  readonly read: (place: HandoverPlace, account: string | null) => Promise<Held>;
  readonly write: (order: HandoverOrder) => Promise<HandedOver>;
}

/** How a hand-over went wrong; stores throw this and nothing else. It never holds a secret. */
export class HandoverFailure extends Error {
  readonly kind: 'transient' | 'refused';

  constructor(kind: 'transient' | 'refused', message: string) {
    super(message);
    this.name = 'HandoverFailure';
    this.kind = kind;
  }
}
