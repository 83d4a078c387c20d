import { FirebreakError, type Id } from '../../kernel/index.ts';
import type { Asker } from '../decisions/hearing.ts';
import { rungsOf } from '../decisions/rungs.ts';
import type { Draft } from './draft.ts';
import { isOpenFor } from './giving-back.ts';

export interface HoldAsked {
  readonly identity: Id<'identity'>;
  readonly reason: string;
  readonly by: Asker;
}

/**
 * Somebody who may decide keeps the next stage from happening by itself. Once, and bounded: what is cut stays cut, and at
 * the end of the window people are asked instead.
 */
export function holdWindow(draft: Draft, { identity, reason, by }: HoldAsked): void {
  const state = draft.state();
  const subject = state.subjects.find((one) => one.identity === identity);
  const window = subject?.window ?? null;
  if (subject === undefined || window === null || !isOpenFor(state, subject.identity)) {
    throw new FirebreakError('request-invalid', { problem: 'identity: no window of it is open' });
  }
  const person = by.person ?? by.name;
  if (!mayHold(by, window.name)) {
    throw new FirebreakError('authority-missing', {
      person,
      decision: `hold ${window.name}`,
      holder: subject.resolution.holders.map((one) => one.person).join(', ') || 'nobody',
      incident: state.id,
    });
  }
  if (subject.held !== null) {
    throw new FirebreakError('request-invalid', { problem: `identity: ${subject.held} already` });
  }
  const why = `${person} holds ${window.name}: ${reason}`;
  draft.record('subject.held', { identity, why }, `person:${person}`);
}

/** Who decides on containment; for the last stage also whom the mandate names for saying that it is benign. */
function mayHold({ person, live }: Asker, window: 'W1' | 'W2'): boolean {
  if (person === null || live.suspects.people.includes(person)) return false;
  const { resolution } = live;
  if (rungsOf(resolution).some((rung) => rung.people.includes(person))) return true;
  const benign = window === 'W2' ? (resolution.benignBy ?? []) : [];
  return benign.some((one) => one.person === person);
}
