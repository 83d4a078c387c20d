// Closed lists of the vocabulary that folders speak in which may not import one another.

/** What a signal states. */
export const SIGNAL_TYPES = [
  'credential-exposed',
  'credential-misuse',
  'anomalous-behaviour',
  'privilege-escalation',
  'new-access-path',
  'off-intent-action',
  'session-hijack',
  'vendor-breach',
  'owner-report',
  'all-clear',
] as const;
export type SignalType = (typeof SIGNAL_TYPES)[number];

/** From weakest to strongest. */
export const AUTHENTICITIES = ['unauthenticated', 'bearer', 'signed'] as const;
export type Authenticity = (typeof AUTHENTICITIES)[number];

/** From weakest to strongest. */
export const CONFIDENCES = ['weak', 'medium', 'strong', 'proven'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** G1 step-up, G2 reduced, G3 quarantined, G4 suspended, G5 revoked: what a probe can test. From weakest to strongest. */
export const GUARANTEES = ['G1', 'G2', 'G3', 'G4', 'G5'] as const;
export type Guarantee = (typeof GUARANTEES)[number];

/** Stage names in files, API and command line are guarantees. */
export const STAGE_GUARANTEES = {
  'step-up': 'G1',
  restrict: 'G2',
  isolate: 'G3',
  suspend: 'G4',
  revoke: 'G5',
} as const satisfies Record<string, Guarantee>;
export type StageName = keyof typeof STAGE_GUARANTEES;

export function isAtLeast<Word extends string>(
  order: readonly Word[],
  value: Word,
  floor: Word,
): boolean {
  return order.indexOf(value) >= order.indexOf(floor);
}

export function weakerOf<Word extends string>(
  order: readonly Word[],
  left: Word,
  right: Word,
): Word {
  return order.indexOf(left) <= order.indexOf(right) ? left : right;
}
