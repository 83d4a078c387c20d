import { expect, it } from 'vitest';
import { States } from './states.ts';

interface Counter {
  readonly id: string;
  readonly ordinal: number;
}

const ONE = { id: 'a', ordinal: 1 };
const TWO = { id: 'a', ordinal: 2 };

/** A promise that the test ends itself. */
function later<Value>(): { readonly wait: Promise<Value>; readonly end: (value: Value) => void } {
  let end: (value: Value) => void = () => undefined;
  const wait = new Promise<Value>((resolve) => {
    end = resolve;
  });
  return { wait, end };
}

it('what was read before a write and comes back after it does not take the place of what was written', async () => {
  const states = new States<Counter>();
  const read = later<Counter>();
  const loading = states.load(() => read.wait);
  await states.write(TWO, () => Promise.resolve());
  read.end(ONE);
  expect(await loading).toEqual(TWO);
  expect(states.get('a')).toEqual(TWO);
});

it('what was read while it was forgotten is not kept: it may be older than what is written', async () => {
  const states = new States<Counter>();
  const read = later<Counter>();
  const loading = states.load(() => read.wait);
  states.forget('a');
  read.end(ONE);
  expect(await loading).toEqual(ONE);
  expect(states.get('a')).toBeUndefined();
});

it('who waits for what is being written sees it', async () => {
  const states = new States<Counter>();
  states.keep(ONE);
  const commit = later<undefined>();
  const writing = states.write(TWO, () => commit.wait);
  const seen = states.written('a').then(() => states.get('a'));
  commit.end(undefined);
  expect(await seen).toEqual(TWO);
  await writing;
});

it('a write that fails keeps nothing and holds nobody up', async () => {
  const states = new States<Counter>();
  states.keep(ONE);
  const writing = states.write(TWO, () => Promise.reject(new Error('the store is away')));
  await states.written('a');
  await expect(writing).rejects.toThrow('the store is away');
  expect(states.get('a')).toEqual(ONE);
});
