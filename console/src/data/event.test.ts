import { expect, it } from 'vitest';
import { readEvent, retryMs } from './event.ts';

it('reads where an entry stands and which incident it is about', () => {
  const entry = { id: 'ent_1', kind: 'cut.proven', incident: 'inc_1' };
  expect(readEvent(JSON.stringify({ position: 7, entry }))).toEqual({
    position: 7,
    incident: 'inc_1',
  });
  expect(readEvent('{"position":8,"entry":{"incident":null}}')).toEqual({
    position: 8,
    incident: null,
  });
});

it.each(['', 'null', '[]', '{"position":"7"}', '{'])('takes %s for nothing', (text) => {
  expect(readEvent(text)).toBeNull();
});

it('waits longer after each failure, and never for ever', () => {
  expect([1, 2, 3, 4].map(retryMs)).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(retryMs(0)).toBe(1_000);
  expect(retryMs(400)).toBe(30_000);
});
