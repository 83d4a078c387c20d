import type { JsonObject } from '../kernel/index.ts';

/** Who asks, as the edge established it. */
export interface Actor {
  /** `person:mia`, `token:ci`, `source:github`. */
  readonly name: string;
  /** The person behind the token or session, when there is one. */
  readonly person: string | null;
  /** What they answer over; a suspect channel carries alerts, never answers. */
  readonly channel?: string;
  /** What their passkey signed, for the entry of the answer; absent where a token speaks. */
  readonly assertion?: JsonObject;
}

export interface TimelineEntry {
  readonly at: string;
  readonly ordinal: number;
  readonly kind: string;
  readonly actor: string;
  /** One plain sentence. */
  readonly text: string;
  readonly data: JsonObject;
}

export interface SuspectView {
  readonly kind: 'person' | 'channel' | 'source';
  readonly name: string;
  readonly by: string;
  readonly since: string;
}
