import type { ExternalRef } from '../inventory/index.ts';
import type {
  Authenticity,
  Confidence,
  Id,
  JsonObject,
  Secret,
  SignalType,
} from '../kernel/index.ts';
import type { PlannedSteps } from '../runner/index.ts';
import type { Command } from '../store/index.ts';

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

/** Who may send signals, and how far they are believed. */
export interface SignalSource {
  readonly name: string;
  /** Signs with HMAC; then an unsigned or wrongly signed signal in its name is refused, never believed less. */
  readonly secret?: Secret;
  /** The bearer token that speaks for it, by the token's name. */
  readonly token?: string;
  /** Sends without any proof (a public report form): accepted as unauthenticated, never cuts. */
  readonly open?: boolean;
  readonly confidenceMax: Confidence;
  /** Its signed word marks a person or a channel as suspect, without anybody deciding it. */
  readonly identityProvider?: boolean;
}

/** One request, as the edge received it. */
export interface IncomingSignal {
  /** The exact bytes: the signature is over them. */
  readonly rawBody: string | Uint8Array;
  /** `firebreak-source` and `firebreak-signature`; names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bearer token the edge has verified, by name; null without one. */
  readonly tokenName: string | null;
}

export interface AcceptedSignal {
  readonly signalId: Id<'signal'>;
  readonly repeated: boolean;
  readonly signal: Signal;
}

/** The door of the word. It states, it never acts. */
export interface Signals {
  /**
   * One durable write: the signal, its ledger entry, and whatever `follow` adds (steps of the runner). `start()` of
   * what it returned is called once the write is acknowledged. `follow` may be asked for a repeat too; then what it
   * returned is dropped: it must not act by itself.
   */
  readonly accept: (
    incoming: IncomingSignal,
    follow: (signal: Signal) => PlannedSteps | null,
  ) => Promise<AcceptedSignal>;
  readonly get: (id: string) => Promise<Signal | null>;
  readonly list: (page: {
    readonly limit: number;
    readonly before?: string;
  }) => Promise<readonly Signal[]>;
  readonly custody: Custody;
  readonly isIdentityProvider: (source: string) => boolean;
}

/** Secrets that must be kept, encrypted under the server's key. */
export interface Custody {
  readonly keep: (
    secret: Secret,
    purpose: string,
  ) => { readonly id: Id<'custody'>; readonly commands: readonly Command[] };
  /** Null when there is nothing under that id. */
  readonly open: (id: string) => Promise<Secret | null>;
}
