import type { ExternalRef } from '../inventory/index.ts';
import type { Authenticity, Confidence, Id, JsonObject, SignalType } from '../kernel/index.ts';

/** One authenticated statement from outside. The secret itself, if it came with one, lies in custody, not here. */
export interface Signal {
  readonly id: Id<'signal'>;
  readonly source: string;
  /** The sender's own name for this statement; a repeat is harmless. */
  readonly key: string;
  readonly type: SignalType;
  readonly refs: readonly ExternalRef[];
  /** Where the leaked secret lies encrypted, so that the dead credential can really be tried. */
  readonly custody: Id<'custody'> | null;
  readonly fingerprint: string | null;
  readonly authenticity: Authenticity;
  readonly confidence: Confidence;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly detail: JsonObject;
}
