import { resolveAuthority } from '../../src/authority/index.ts';
import { ladderBySpec } from '../../src/authority/resolution/spec.ts';
import { loadAverage, rounded } from '../measure/statistics.ts';
import type { Bench, BenchResult } from '../result.ts';
import { largeOrganisation, type Question } from './organisation.ts';

const SEED = 20_261_120;
const BAR_PER_SECOND = 1_000;
const QUESTIONS = 20_000;
/** The plain interpretation reads the clock on the wall for each question: a few of them show its speed. */
const PLAIN_QUESTIONS = 300;

interface Rate {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

function rateOf(questions: readonly Question[], answer: (question: Question) => number): Rate {
  const times: number[] = [];
  let answered = 0;
  const beganMs = performance.now();
  for (const question of questions) {
    const startMs = performance.now();
    answered += answer(question);
    times.push((performance.now() - startMs) * 1_000);
  }
  const seconds = (performance.now() - beganMs) / 1_000;
  if (answered === 0) throw new Error('nobody was ever found: the organisation is wrong');
  times.sort((left, right) => left - right);
  const at = (share: number): number => rounded(times[Math.floor(times.length * share)] ?? 0);
  return { perSecond: Math.round(questions.length / seconds), p50Us: at(0.5), p99Us: at(0.99) };
}

function measure(): readonly BenchResult[] {
  const { charter, roster, questions } = largeOrganisation(SEED, QUESTIONS);
  const ask = ({ facts, decision, nowMs }: Question): number =>
    resolveAuthority(charter, roster, facts, decision, nowMs).holders.length;
  // The first pass works out what follows from the charter and the roster alone.
  const first = rateOf(questions, ask);
  const ours = rateOf(questions, ask);
  const plain = rateOf(questions.slice(0, PLAIN_QUESTIONS), (question) =>
    ladderBySpec({ charter, roster, ...question }).reduce((sum, one) => sum + one.people.length, 0),
  );
  return [
    {
      bench: 'who',
      bar: `>= ${BAR_PER_SECOND} resolutions a second, 200 rights, 500 people`,
      ratio: rounded(ours.perSecond / plain.perSecond),
      ok: first.perSecond >= BAR_PER_SECOND && ours.perSecond >= BAR_PER_SECOND,
      ours: {
        rights: charter.rights.length,
        people: roster.people.size,
        seats: charter.seats.size,
        first,
        ...ours,
        loadAverage: loadAverage(),
      },
      beside: { what: 'the plain definition: ladder only, nothing worked out before', ...plain },
    },
  ];
}

export const who: Bench = {
  name: 'who',
  what: 'who decides, at random instants of a year, beside a plain interpretation of the charter',
  run: async () => await Promise.resolve(measure()),
};
