import { expect, it } from 'vitest';
import type { Containment } from '../../../src/api/contract/index.ts';
import { layersOf } from './layers.ts';

function cut(id: string, credential: string | null, more: Partial<Containment> = {}): Containment {
  return {
    id,
    incident: 'inc_1',
    status: 'proven',
    target: 'ci',
    subject: { identity: 'bot', credential },
    guarantee: 'G2',
    stage: 'restrict',
    grain: 'credential',
    digest: 'sha256:0',
    authority: null,
    probes: { count: 3, denialsInARow: 3, lastAt: null, method: 'secret', vantages: [] },
    reversible: true,
    residualUntil: null,
    temporaryUntil: null,
    descendantOf: null,
    reason: null,
    ...more,
  };
}

it('puts what was minted below what it was minted with, and stages in their order', () => {
  const rows = layersOf([
    cut('cut_3', 'key-b', { stage: 'isolate', descendantOf: 'cut_1' }),
    cut('cut_2', 'key-a', { stage: 'suspend' }),
    cut('cut_1', 'key-a'),
    cut('cut_4', 'key-c', { descendantOf: 'cut_3' }),
    cut('cut_5', 'key-a', { target: 'other' }),
  ]);
  expect(rows.map(({ subject, target, layer, from }) => [subject, target, layer, from])).toEqual([
    ['key-a', 'ci', 0, null],
    ['key-a', 'other', 0, null],
    ['key-b', 'ci', 1, 'key-a'],
    ['key-c', 'ci', 2, 'key-b'],
  ]);
  expect(rows[0]?.cuts.map(({ id }) => id)).toEqual(['cut_1', 'cut_2']);
});

it('ends at a parent that is missing, and in a circle', () => {
  const rows = layersOf([
    cut('cut_1', 'key-a', { descendantOf: 'cut_2' }),
    cut('cut_2', 'key-b', { descendantOf: 'cut_1' }),
    cut('cut_3', null, { descendantOf: 'cut_9' }),
  ]);
  expect(rows.find(({ subject }) => subject === 'bot')?.layer).toBe(0);
  expect(rows).toHaveLength(3);
});
