/** Bugs planted in the harness, each of which an invariant has to find. */
export const SABOTAGES = [
  'inverse-not-recorded',
  'proof-without-control',
  'step-without-lease',
  'repeat-without-readback',
  'digest-not-bound',
  'acknowledged-before-commit',
  'leaked-rearmed',
  'decided-on-old-state',
] as const;
export type Sabotage = (typeof SABOTAGES)[number];
