import { expect, it } from 'vitest';
import { assert, assertNever, present } from './assert.ts';
import { isFirebreakError } from './errors.ts';

function invariantOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return isFirebreakError(error, 'internal-invariant') ? error.facts['invariant'] : error;
  }
  return 'held';
}

it('asserts with the invariant as a fact', () => {
  expect(invariantOf(() => assert(true, 'x'))).toBe('held');
  expect(invariantOf(() => assert(false, 'one holder at a time'))).toBe('one holder at a time');
});

it('takes 0, false and the empty string for present, and nothing else that is falsy', () => {
  expect([present(0, 'x'), present(false, 'x'), present('', 'x')]).toEqual([0, false, '']);
  expect(invariantOf(() => present(null, 'a row'))).toBe('a row');
  expect(invariantOf(() => present(undefined, 'a row'))).toBe('a row');
});

it('names the variant that no branch knows', () => {
  // The cast stands for a value from a newer server.
  const unknown = { type: 'new' } as never;
  expect(invariantOf(() => assertNever(unknown))).toBe('unexpected variant {"type":"new"}');
});
