import { toTimestamp } from '../../kernel/index.ts';
import type { IncidentDecision } from '../decisions/model.ts';
import type { PageAbout } from '../incident/effects.ts';

const BEGINNINGS: Readonly<Record<PageAbout, string>> = {
  opened: 'It is yours to decide',
  warm: 'It may become yours soon',
  'handed-off': 'It is yours to decide now',
  again: 'Still undecided',
  advise: 'Your advice is wanted',
  approve: 'Your approval is wanted beside the decision',
  review: 'Break-glass decided this; look at it and say what you find',
};

/** What a tired person reads first. */
export function pageText(decision: IncidentDecision, about: PageAbout, question: string): string {
  const { deadlineMs } = decision;
  const until =
    deadlineMs === null || about === 'warm' || about === 'review'
      ? ''
      : `, until ${toTimestamp(deadlineMs).slice(11, 19)}Z`;
  return `${BEGINNINGS[about]}${until}: ${question}`;
}
