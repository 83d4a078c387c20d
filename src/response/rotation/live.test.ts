import { expect, it } from 'vitest';
import { deriveId } from '../../kernel/index.ts';
import type { Replacement } from '../incident/model.ts';
import { replacementOf } from './live.ts';
import type { HandOver, RotationState, RotationStepState } from './model.ts';

const IDENTITY = deriveId('identity', 'live test');

/** Only what the answer depends on. */
function rotation(
  status: RotationState['status'],
  step: Partial<RotationStepState>,
  handOver: Partial<HandOver> = { progress: 'acknowledged', status: 'delivered' },
): RotationState {
  const subject = { identity: 'app', credential: 'old' };
  const whole = { id: 's', identity: IDENTITY, subject, reason: null, ...step };
  const one = { step: 's', name: 'web', ...handOver };
  // The rest of a rotation says nothing about whether its replacements live.
  return { status, steps: [whole], handOvers: [one] } as unknown as RotationState;
}

const stateOf = (...all: readonly RotationState[]): Replacement['state'] =>
  replacementOf(all, IDENTITY, ['old']).state;

it('is live once every consumer was seen with it, and missing before', () => {
  expect(stateOf()).toBe('none');
  expect(stateOf(rotation('done', { status: 'retired' }))).toBe('live');
  expect(stateOf(rotation('done', { status: 'renewed' }))).toBe('live');
  expect(stateOf(rotation('running', { status: 'minted' }))).toBe('live');
  const late = { progress: 'delivered', status: 'delivered' } as const;
  const waiting = rotation('stopped', { status: 'minted' }, late);
  expect(replacementOf([waiting], IDENTITY, ['old'])).toEqual({
    state: 'missing',
    why: 'web was not seen with the new one',
  });
  for (const status of ['waiting', 'preparing', 'held-up', 'minting', 'failed'] as const) {
    expect(stateOf(rotation('running', { status }, late))).toBe('missing');
  }
});

it('is missing where the mint failed and the old one was kept, and says why', () => {
  const kept = rotation('done', { status: 'kept', reason: 'the target said no' });
  expect(replacementOf([kept], IDENTITY, ['old'])).toEqual({
    state: 'missing',
    why: 'the target said no',
  });
});

it('counts only the newest rotation of this very credential', () => {
  const kept = rotation('done', { status: 'kept' });
  const renewed = rotation('done', { status: 'retired' });
  expect(stateOf(renewed, kept)).toBe('live');
  expect(stateOf(kept, renewed)).toBe('missing');
  const other = rotation('running', {
    status: 'waiting',
    subject: { identity: 'app', credential: 'b' },
  });
  expect(stateOf(other)).toBe('none');
  const elsewhere = rotation('running', { status: 'waiting', identity: 'idn_other' });
  expect(stateOf(elsewhere)).toBe('none');
  // Called off before anything was made: as if nobody had asked.
  expect(stateOf(rotation('cancelled', { status: 'waiting' }))).toBe('none');
});
