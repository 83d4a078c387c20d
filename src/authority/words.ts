// The closed lists that rules are written in.

export const DECISION_KINDS = [
  'contain',
  'revoke',
  'restore',
  'communicate',
  'notify',
  'disclose',
  'evidence',
  'business-continuity',
  'resume',
  'rearm',
  'reset-fuse',
  'adopt-charter',
  'mark-suspect',
  'end-exercise',
] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

export const SEVERITIES = ['sev1', 'sev2', 'sev3', 'sev4'] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Profile = 'staged' | 'hard-stop' | 'restrict-only';
export type MandateMode = 'shadow' | 'ask' | 'act';
