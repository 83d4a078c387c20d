import { expect, it } from 'vitest';
import { dossierOf } from './dossier.ts';
import type { Entry } from './timeline-lines.ts';

function entry(kind: string, data: Entry['data']): Entry {
  return { ordinal: 0, kind, text: '', at: '2027-01-10T02:07:22Z', actor: 'node:1', data };
}

const probed = (observed: string, error: string | null): Entry['data'] => ({
  cut: 'cut_1',
  probed: { vantage: 'outside', method: 'secret', control: 'works', observed, error },
});

const story = [
  entry('cut.planned', { plan: { id: 'cut_1', why: 'it leaked' } }),
  entry('cut.planned', { plan: { id: 'cut_2', why: 'another' } }),
  entry('cut.recorded', {
    cut: 'cut_1',
    captured: [{ name: 'sessions', sha256: 'ab' }, { name: 7 }],
    missed: ['logs'],
    burnt: true,
  }),
  entry('cut.applying', { cut: 'cut_1', inverse: { enabled: true } }),
  entry('cut.probed', probed('allowed', null)),
  entry('cut.probed', probed('denied', 'credential-disabled')),
  entry('cut.probed', { ...probed('denied', 'other'), cut: 'cut_2' }),
];

it('gathers what the timeline says about one cut, and nothing about its neighbour', () => {
  expect(dossierOf(story, 'cut_1')).toEqual({
    why: 'it leaked',
    evidence: { captured: [{ name: 'sessions', sha256: 'ab' }], missed: ['logs'], burnt: true },
    inverse: '{"enabled":true}',
    isOrdered: true,
    tries: {
      count: 2,
      control: 'works',
      error: 'credential-disabled',
    },
  });
  expect(dossierOf(story, 'cut_2')).toMatchObject({
    why: 'another',
    evidence: null,
    tries: { count: 1 },
  });
});

it('tells a cut without a way back from one that was not ordered yet', () => {
  const ordered = dossierOf([entry('cut.applying', { cut: 'cut_1', inverse: null })], 'cut_1');
  expect([ordered.isOrdered, ordered.inverse]).toEqual([true, null]);
  expect(dossierOf([], 'cut_1').isOrdered).toBe(false);
});

it('survives data of another shape', () => {
  const strange = entry('cut.recorded', { cut: 'cut_1', captured: 'x', missed: null });
  expect(dossierOf([strange], 'cut_1').evidence).toEqual({
    captured: [],
    missed: [],
    burnt: false,
  });
});
