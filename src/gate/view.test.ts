import { expect, it } from 'vitest';
import type { Restriction } from './model.ts';
import { createView } from './view.ts';

const SINCE = '2026-12-01T03:00:00.000Z';
const NOW_MS = Date.parse(SINCE);
const own: Restriction = {
  id: 'rst_1',
  revision: 0,
  identity: 'idn_1',
  credential: null,
  aliases: ['idn_1'],
  effect: 'deny',
  constraint: null,
  incident: null,
  reason: 'test',
  since: SINCE,
  until: null,
  liftedAt: null,
};
const readBack: Restriction = { ...own, revision: 4 };
const lifted: Restriction = { ...own, revision: 5, liftedAt: SINCE };

it('what was lifted stays lifted, in whichever order the news arrives', () => {
  const news = [own, readBack, lifted];
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  for (const order of orders) {
    const view = createView();
    for (const index of order) view.put(news[index] ?? own);
    expect(view.named(['idn_1'], NOW_MS)).toEqual([]);
    expect(view.all(NOW_MS)).toEqual([]);
  }
});

it('what this process has lifted is not brought back by what it reads late', () => {
  const view = createView();
  view.put(own);
  expect(view.lift(own.id, SINCE)?.liftedAt).toBe(SINCE);
  expect(view.lift(own.id, SINCE)).toBeNull();
  expect(view.put(readBack)).toBe(false);
  expect(view.named(['idn_1'], NOW_MS)).toEqual([]);
});
