import type {
  CredentialRecord,
  EdgeReports,
  EdgeRecord,
  IdentityRecord,
  Inventory,
  InventoryGraph,
  ThingRecord,
} from '../inventory/index.ts';

/** A part of the inventory, so that a map of millions is built without a second copy of everything in memory. */
export interface MapBatch {
  readonly identities?: readonly IdentityRecord[];
  readonly credentials?: readonly CredentialRecord[];
  readonly things?: readonly ThingRecord[];
  readonly edges?: readonly EdgeRecord[];
  /** By what numbers reports name these records. */
  readonly ids?: readonly (readonly [number: number, id: string])[];
  readonly reports?: EdgeReports | null;
}

export type EdgeKey = Pick<EdgeRecord, 'from' | 'relation' | 'to' | 'source'>;

/** What became different after a revision: records that are new or changed as they are now, and what is gone. */
export interface InventoryChanges extends MapBatch {
  /** The revision these changes lead to. What they hold may be newer, never older. */
  readonly revision: number;
  readonly goneNodes?: readonly string[];
  /** A report of one source that no longer stands; other sources may still report the same edge. */
  readonly goneEdges?: readonly EdgeKey[];
}

/**
 * What the map asks of the inventory. Without the optional parts it reads everything again after a change, which is
 * right at any size and slow at a million nodes.
 */
export interface MapSource extends Pick<Inventory, 'revision' | 'onChange'> {
  readonly graph: () => Promise<InventoryGraph>;
  /** Everything, in parts; the revision is read before the first part. */
  readonly graphBatches?: () => Promise<{
    readonly revision: number;
    readonly edgeCount?: number;
    readonly batches: AsyncIterable<MapBatch>;
  }>;
  /** About how many rows that is; without it the map is loaded before anything else begins. */
  readonly graphSize?: () => Promise<number>;
  /** Null when the inventory no longer knows so far back: the map then reads everything. */
  readonly changesSince?: (revision: number) => Promise<InventoryChanges | null>;
}
