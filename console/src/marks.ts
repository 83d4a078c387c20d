// Which mark stands for which state: pure, so that table, graph, timeline, phone and report say the same.

export type MarkName =
  | 'open'
  | 'held'
  | 'proven'
  | 'unproven'
  | 'blocked'
  | 'residual'
  | 'waiting'
  | 'gone';

export type Tone = 'red' | 'amber' | 'green' | 'grey' | 'blue';

export const TONES: Readonly<Record<MarkName, Tone>> = {
  open: 'red',
  held: 'amber',
  proven: 'green',
  unproven: 'red',
  blocked: 'grey',
  residual: 'amber',
  waiting: 'blue',
  gone: 'grey',
};

const OF_STATUS: Readonly<Record<string, MarkName>> = {
  planned: 'waiting',
  authorised: 'waiting',
  'holding-evidence': 'waiting',
  recorded: 'waiting',
  applying: 'held',
  applied: 'held',
  proving: 'held',
  proven: 'proven',
  irrevocable: 'proven',
  restored: 'proven',
  residual: 'residual',
  unproven: 'unproven',
  drifted: 'unproven',
  failed: 'open',
  'restore-failed': 'open',
  partial: 'blocked',
  blocked: 'blocked',
  'revert-conflict': 'blocked',
  reverting: 'held',
  dropped: 'gone',
};

export function markOfCut(status: string): MarkName {
  return OF_STATUS[status] ?? 'held';
}

export function markOfDecision(state: string): MarkName {
  if (state === 'open') return 'waiting';
  return state === 'approved' || state === 'defaulted' ? 'proven' : 'gone';
}

export function markOfTask(state: string): MarkName {
  if (state === 'done') return 'proven';
  if (state === 'blocked') return 'blocked';
  return state === 'doing' ? 'held' : 'waiting';
}

interface Stands {
  readonly status: string;
  readonly standing: {
    readonly contained: boolean;
    readonly residualUntil: string | null;
    readonly unproven: number;
    readonly blocked: number;
    readonly sentence: string;
  };
}

/** A closed incident has nothing left to hold: saying "not contained" of it would frighten. */
export function markOfIncident({ status, standing }: Stands): MarkName {
  if (status === 'closed') return 'gone';
  if (status === 'restoring') return 'waiting';
  if (standing.contained) return standing.residualUntil === null ? 'proven' : 'residual';
  if (standing.unproven > 0) return 'unproven';
  return standing.blocked > 0 ? 'blocked' : 'open';
}
