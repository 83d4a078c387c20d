/** A limit on everything. Names carry the unit; each line says why. */
export const LIMITS = {
  /** A request body; larger documents are streamed by import. */
  requestBytesMax: 1_048_576,
  /** A signal is a statement, not an archive. */
  signalBytesMax: 65_536,
  /** References in one signal: an alert names a handful. */
  signalRefsMax: 50,
  /** One page of a list. */
  pageRowsMax: 500,
  pageRowsDefault: 100,
  /** One ledger entry: evidence is referred to by hash, not carried. */
  ledgerEntryBytesMax: 262_144,
  /** Entries sealed in one transaction: keeps a sealing commit below 50 ms. */
  sealBatchMax: 1_000,
  sealIntervalMs: 500,
  /** Command lists that share one commit: larger groups raise p99 without raising throughput. */
  groupListsMax: 256,
  /** Waiting command lists before callers are refused: about 2 s of work. */
  groupQueueMax: 50_000,
  /** Automatic retries of an interactive transaction on serialisation failure. */
  transactionAttemptsMax: 10,
  /** Tries of one step before it is shown as blocked. */
  stepAttemptsMax: 8,
  stepBackoffMsMin: 200,
  stepBackoffMsMax: 30_000,
  /** Steps one node runs at the same time. */
  stepsRunningMax: 256,
  /** Steps one node holds in memory; the rest stay in the store until there is room. */
  stepsHeldMax: 5_000,
  /** Concurrent calls to one target unless its connector says otherwise. */
  targetCallsMax: 16,
  /** A call to a target that has not answered by then is treated as unknown. */
  targetCallTimeoutMs: 10_000,
  nodeLeaseMs: 6_000,
  /** Descendants that inherit a cut without being asked for. */
  descendantsMax: 20,
  descendantDepthMax: 3,
  /** Listeners of one server-sent event stream and its unsent bytes before it is cut off. */
  eventListenersMax: 1_000,
  eventBufferBytesMax: 1_048_576,
} as const;
