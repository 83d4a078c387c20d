/** How patient the response is. Durations in ms; the demo and tests use shorter ones. */
export interface ResponseSettings {
  /** Between probes while a cut is being proven. */
  readonly probeIntervalMs: number;
  /** Expected denials in a row, the last one beyond the propagation time, before a cut counts as proven. */
  readonly denialsWanted: number;
  /** After the propagation time, how long an inconclusive probe may go on before the cut is shown as unproven. */
  readonly inconclusiveMs: number;
  /** Between probes of a proven or unproven cut while the incident is open. */
  readonly reprobeMs: number;
  /** Evidence has this long; then the fuse burns and the cut goes on. */
  readonly evidenceFuseMs: number;
  /** Between looks for credentials that were minted in the gap. */
  readonly watchMs: number;
  readonly watchMsMax: number;
  /** What the identity minted this long before the first signal is suspect too. */
  readonly lookBackMs: number;
  /** From the first word of an identity until what trusted it is looked at: the cuts come first. */
  readonly reviewAfterMs: number;
  /** A restored identity that is not let in again by then counts as restore-failed. */
  readonly restoreGraceMs: number;
  /** Re-applications after drift or partial success before a person is asked. */
  readonly reapplyMax: number;
  /** An undecided question without an acting default is asked again after this. */
  readonly repageMs: number;
  /** Evidence of a closed incident is deleted after this, unless a legal hold keeps it. */
  readonly evidenceRetentionMs: number;
}

export const DEFAULT_SETTINGS: ResponseSettings = {
  probeIntervalMs: 1_000,
  denialsWanted: 3,
  inconclusiveMs: 10_000,
  reprobeMs: 60_000,
  evidenceFuseMs: 90_000,
  watchMs: 2_000,
  watchMsMax: 60_000,
  lookBackMs: 0,
  reviewAfterMs: 60_000,
  restoreGraceMs: 30_000,
  reapplyMax: 3,
  repageMs: 900_000,
  evidenceRetentionMs: 400 * 86_400_000,
};
