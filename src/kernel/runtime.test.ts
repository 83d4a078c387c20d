import { expect, it } from 'vitest';
import { isFirebreakError } from './errors.ts';
import { assertRuntime, pinnedRuntime } from './runtime.ts';

it('reads the pinned version from package.json', () => {
  expect(pinnedRuntime()).toMatch(/^\d+\.\d+\.\d+$/u);
});

it('accepts the runtime that runs this test: the pinned one', () => {
  expect(() => assertRuntime()).not.toThrow();
});

it.each(['26.10.0', '26.10.4'])('accepts %s where 26.10.0 is pinned', (found) => {
  expect(() => assertRuntime(found, '26.10.0')).not.toThrow();
});

it.each(['20.20.2', '26.9.0', '26.1.0', '27.10.0', ''])('refuses %s with a remedy', (found) => {
  let thrown: unknown;
  try {
    assertRuntime(found, '26.10.0');
  } catch (error) {
    thrown = error;
  }
  expect(isFirebreakError(thrown, 'runtime-wrong') && thrown.facts).toEqual({
    wanted: '26.10.0',
    found,
  });
  expect(isFirebreakError(thrown) && thrown.remedy).toContain('npm start');
});
