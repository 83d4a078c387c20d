import {
  checkRosterFits,
  loadCharter,
  loadRoster,
  proveCoverage,
} from '../../src/authority/index.ts';
import { loadAverage } from '../measure/statistics.ts';
import type { Bench, BenchResult } from '../result.ts';
import { FROM_MS, organisationFrom } from './organisation.ts';

const SEED = 1;
const SIZE = { rights: 200, people: 500 };
const DAYS = 365;
const BAR_MS = { 0: 20_000, 1: 120_000, 2: 120_000 } as const;

/** Times come from the process clock; the proof itself knows none. */
function measure(): readonly BenchResult[] {
  const texts = organisationFrom(SEED, SIZE);
  const loading = performance.now();
  const charter = loadCharter(texts.charter);
  const roster = loadRoster(texts.roster);
  checkRosterFits(charter, roster);
  const loadedMs = Math.round(performance.now() - loading);
  return ([0, 1, 2] as const).map((absent) => {
    const started = performance.now();
    const untilMs = FROM_MS + DAYS * 86_400_000;
    const proof = proveCoverage({ charter, roster, fromMs: FROM_MS, untilMs, absent });
    const ms = Math.round(performance.now() - started);
    return {
      bench: 'prove',
      bar: `< ${BAR_MS[absent] / 1_000} s with ${absent === 0 ? 'nobody' : `any ${absent}`} away`,
      ratio: null,
      ok: ms < BAR_MS[absent],
      ours: {
        absent,
        ms,
        loadedMs,
        ...SIZE,
        days: DAYS,
        cells: proof.cells,
        gaps: proof.gaps.length,
        notices: proof.notices.length,
        loadAverage: loadAverage(),
      },
      beside: {},
    };
  });
}

export const prove: Bench = {
  name: 'prove',
  what: 'a year of 200 rights and 500 people, and the same with any one or two of them away',
  run: () => Promise.resolve(measure()),
};
