import type { JsonObject } from '../kernel/index.ts';

/** One thing that happened. Canonical JSON of this object is the leaf of the tree. */
export interface LedgerEntry {
  readonly id: string;
  readonly at: string;
  /** `cut.applied`, `signal.received`: word, dot, past tense. */
  readonly kind: string;
  /** Who or what acted: `person:mia`, `mandate:ci-token-leak`, `node:nod_...`, `source:github`. */
  readonly actor: string;
  /** The incident or rotation it belongs to and its place in it, or null for entries of the machine itself. */
  readonly incident: string | null;
  readonly ordinal: number | null;
  readonly data: JsonObject;
}

/** An entry with its place in the tree. */
export interface SealedEntry {
  readonly position: number;
  readonly entry: LedgerEntry;
  /** Exactly the bytes that were hashed. */
  readonly canonical: string;
}
