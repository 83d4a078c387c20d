import type { HandoverPlace, HandoverStore } from '../../handover/index.ts';

/** Where one consumer reads its credential for one target, and how the target calls it. */
export interface HandoverBinding {
  /** Name or id of the workload in the inventory. */
  readonly consumer: string;
  readonly target: string;
  readonly place: HandoverPlace;
  /** The name under which the target sees it; its name in the inventory unless told. */
  readonly seenAs?: string;
}

export interface Handovers {
  readonly stores: ReadonlyMap<string, HandoverStore>;
  readonly bindings: readonly HandoverBinding[];
}
