import { expect, it } from 'vitest';
import { shareReads } from './shared-read.ts';

function open(): { readonly ask: () => Promise<number>; readonly end: () => void; reads: number } {
  const waiting: ((answer: number) => void)[] = [];
  const opened = {
    reads: 0,
    end: (): void => waiting.shift()?.(opened.reads),
    ask: shareReads(() => {
      opened.reads += 1;
      return new Promise<number>((resolve) => waiting.push(resolve));
    }),
  };
  return opened;
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

it('reads once for all who ask at once', async () => {
  const opened = open();
  const all = Promise.all([opened.ask(), opened.ask(), opened.ask()]);
  await turns();
  opened.end();
  expect(await all).toEqual([1, 1, 1]);
});

it('answers nobody with what was read before they asked', async () => {
  const opened = open();
  const first = opened.ask();
  await turns();
  const later = [opened.ask(), opened.ask()];
  opened.end();
  expect(await first).toBe(1);
  await turns();
  opened.end();
  expect(await Promise.all(later)).toEqual([2, 2]);
  expect(opened.reads).toBe(2);
});

it('goes on after a read that failed, and tells those who shared it', async () => {
  let reads = 0;
  const ask = shareReads(() => {
    reads += 1;
    return reads === 1 ? Promise.reject(new Error('away')) : Promise.resolve(reads);
  });
  const failed = await Promise.allSettled([ask(), ask()]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await ask()).toBe(2);
});
