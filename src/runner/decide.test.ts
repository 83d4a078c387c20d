import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSeededRandom, LIMITS } from '../kernel/index.ts';
import {
  backoffMs,
  compareClaims,
  decideOutcome,
  mayActUntil,
  ordinaryPlaces,
  planTry,
  rulesOf,
  settledBy,
  traceOf,
  type StepRules,
  type Tried,
} from './decide.ts';
import { PRIORITY, type Performed, type Step } from './model.ts';
import { createJudge } from './testing.ts';

const NOW_MS = 1_800_000_000_000;

const stepArbitrary: fc.Arbitrary<Step> = fc
  .record({
    id: fc.integer({ min: 0, max: 999 }).map((n) => `stp_${String(n).padStart(3, '0')}`),
    priority: fc.constantFrom(...Object.values(PRIORITY)),
    dueAtMs: fc.integer({ min: NOW_MS - 100_000, max: NOW_MS }),
    attempt: fc.integer({ min: 1, max: 12 }),
    stops: fc.integer({ min: 0, max: 2 * LIMITS.stepStopsMax }),
    lastTryAtMs: fc.option(fc.integer({ min: NOW_MS - 50_000, max: NOW_MS + 50_000 })),
  })
  .map(
    (facts) =>
      ({
        ...facts,
        kind: 'judge',
        subject: 's',
        lane: null,
        target: null,
        key: facts.id,
        payload: {},
        state: 'claimed',
        fence: 1,
        // INVARIANT: a step is in doubt exactly when an earlier try is on record.
        repeated: facts.lastTryAtMs !== null,
        reason: null,
      }) as Step, // The id has the form of a step's id.
  );
const rulesArbitrary: fc.Arbitrary<StepRules> = fc.record({
  attemptsMax: fc.integer({ min: 1, max: 10 }),
  callTimeoutMs: fc.integer({ min: 1, max: 30_000 }),
  readsBack: fc.boolean(),
});
const performedArbitrary: fc.Arbitrary<Performed> = fc.oneof(
  fc.constant({ type: 'done' as const, result: {} }),
  fc.constant({ type: 'refused' as const, reason: 'no' }),
  fc.record({
    type: fc.constant('failed' as const),
    reason: fc.constant('busy'),
    unknown: fc.boolean(),
    retryAfterMs: fc.integer({ min: 0, max: 10 ** 9 }),
  }),
);
const triedArbitrary = (step: Step): fc.Arbitrary<Tried> =>
  fc
    .record({
      performed: performedArbitrary,
      startedAtMs: fc.integer({ min: NOW_MS - 30_000, max: NOW_MS }),
      via: step.repeated
        ? fc.constantFrom('perform' as const, 'read-back' as const)
        : fc.constant('perform' as const),
    })
    .map((tried) => ({ ...tried, cleared: tried.via === 'perform' && step.repeated }));

function checkPlan(step: Step, rules: StepRules): void {
  const plan = planTry(step, rules, NOW_MS);
  const isSuspect = (step.stops ?? 0) >= LIMITS.stepStopsMax;
  if (isSuspect) return assert.equal(plan.type, 'blocked');
  if (!step.repeated || !rules.readsBack) return assert.equal(plan.type, 'perform');
  const lastTryAtMs = Math.min(step.lastTryAtMs ?? 0, NOW_MS);
  if (lastTryAtMs + rules.callTimeoutMs <= NOW_MS) return assert.equal(plan.type, 'read-back');
  assert.deepEqual(plan, {
    type: 'wait',
    dueAtMs: lastTryAtMs + rules.callTimeoutMs,
    lastTryAtMs,
  });
}

function checkOutcome(step: Step, rules: StepRules, tried: Tried, seed: number): void {
  const outcome = decideOutcome(step, rules, tried, NOW_MS, createSeededRandom(seed));
  const trace = traceOf(step, tried);
  const settled = settledBy(step, outcome, trace);
  const { performed } = tried;
  if (performed.type === 'done') return assert.equal(settled.state, 'done');
  if (performed.type === 'refused') return assert.equal(settled.state, 'blocked');
  // Doubt goes only when a read-back had cleared it, or was never there.
  const isClear =
    tried.via === 'perform' && !performed.unknown && (tried.cleared || !step.repeated);
  assert.equal(trace.repeated, !isClear);
  if (step.attempt >= rules.attemptsMax) return assert.equal(settled.state, 'blocked');
  assert.equal(settled.state, 'planned');
  const asked = Math.min(performed.retryAfterMs ?? 0, LIMITS.stepRetryAfterMsMax);
  assert.ok(settled.dueAtMs >= NOW_MS + asked);
  assert.ok(settled.dueAtMs >= NOW_MS + LIMITS.stepBackoffMsMin / 2);
  // When it is due again, it can be read back at once.
  const next = { ...step, ...settled, state: 'claimed' as const };
  assert.notEqual(planTry(next, { ...rules, attemptsMax: 99 }, settled.dueAtMs).type, 'wait');
}

test('the wait doubles, keeps within its bounds, and never is the same for all', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer(), (attempt, seed) => {
      const waitMs = backoffMs(attempt, createSeededRandom(seed));
      const whole = Math.min(LIMITS.stepBackoffMsMax, LIMITS.stepBackoffMsMin * 2 ** (attempt - 1));
      expect(waitMs).toBeGreaterThanOrEqual(Math.floor(whole / 2));
      expect(waitMs).toBeLessThanOrEqual(whole);
    }),
  );
  const random = createSeededRandom(1);
  expect(new Set(Array.from({ length: 20 }, () => backoffMs(5, random))).size).toBeGreaterThan(10);
});

test('an effect in doubt is never repeated before it was read back, and read back only when no call can be in flight', () => {
  fc.assert(
    fc.property(stepArbitrary, rulesArbitrary, (step, rules) => {
      checkPlan(step, rules);
    }),
  );
});

test('waiting ends after one call time, whatever the clock did', () => {
  fc.assert(
    fc.property(stepArbitrary, rulesArbitrary, (step, rules) => {
      const plan = planTry(step, rules, NOW_MS);
      if (plan.type !== 'wait') return fc.pre(false);
      expect(plan.dueAtMs - NOW_MS).toBeLessThanOrEqual(rules.callTimeoutMs);
      const later = { ...step, lastTryAtMs: plan.lastTryAtMs };
      expect(planTry(later, rules, plan.dueAtMs).type).toBe('read-back');
    }),
  );
});

test('every outcome: done stays done, refusals block, failures wait or block, doubt is kept', () => {
  const cases = stepArbitrary.chain((step) =>
    fc.tuple(fc.constant(step), rulesArbitrary, triedArbitrary(step), fc.integer()),
  );
  fc.assert(
    fc.property(cases, ([step, rules, tried, seed]) => {
      checkOutcome(step, rules, tried, seed);
    }),
  );
});

test('claims are ordered by urgency, then age, then birth', () => {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 30 }), (steps) => {
      const sorted = steps.toSorted(compareClaims);
      const naive = steps.toSorted((a, b) =>
        [a.priority, a.dueAtMs, a.id].join() === [b.priority, b.dueAtMs, b.id].join()
          ? 0
          : a.priority - b.priority || a.dueAtMs - b.dueAtMs || a.id.localeCompare(b.id),
      );
      expect(sorted.map((step) => step.id)).toEqual(naive.map((step) => step.id));
    }),
  );
});

test('places for lesser work leave a quarter to urgent work, and never none', () => {
  expect([1, 2, 3, 4, 8, 16, 256].map(ordinaryPlaces)).toEqual([1, 1, 2, 3, 6, 12, 192]);
});

test('a node stops before its lease does', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 10 ** 6 }), (askedAtMs, leaseMs) => {
      expect(mayActUntil(askedAtMs, leaseMs)).toBeLessThan(askedAtMs + leaseMs);
      // Two heartbeats may fail and the third still comes in time.
      expect(mayActUntil(askedAtMs, leaseMs)).toBeGreaterThan(askedAtMs + (leaseMs * 2) / 3);
    }),
  );
});

test('the rules of a kind: nothing is read back without a way to, or where keys are honoured', () => {
  const step = fc.sample(stepArbitrary, { numRuns: 1, seed: 1 })[0];
  if (step === undefined) throw new Error('a sample has one step');
  const { handler } = createJudge('judge');
  expect(rulesOf(handler, step)).toEqual({
    attemptsMax: LIMITS.stepAttemptsMax,
    callTimeoutMs: 10_000,
    readsBack: true,
  });
  expect(rulesOf({ ...handler, honoursKeys: () => true }, step).readsBack).toBe(false);
  expect(rulesOf({ kind: 'x', perform: handler.perform }, step)).toEqual({
    attemptsMax: LIMITS.stepAttemptsMax,
    callTimeoutMs: LIMITS.targetCallTimeoutMs,
    readsBack: false,
  });
});
