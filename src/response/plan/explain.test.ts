import { expect, it } from 'vitest';
import type { Collateral } from '../../dependencies/index.ts';
import { Driver, resolution } from '../incident/fixtures.testing.ts';
import { explainPlan } from './explain.ts';

// Only the stages are read.
const COLLATERAL = {
  stages: [{ guarantee: 'G4', known: 2, inferred: 1, unknown: 0 }],
} as unknown as Collateral;

it('explains every step: why, in which order, what stops, how it comes back, who agrees', () => {
  const driver = new Driver();
  const holders = [{ seat: 'ir-lead', person: 'ira' }];
  const entries = driver.say({ resolution: resolution({ automaticUpTo: null, holders }) });
  const plan = explainPlan(driver.now, entries, COLLATERAL);
  expect(plan.steps).toMatchObject([
    {
      group: 1,
      guarantee: 'G4',
      evidenceFirst: true,
      inverse: 'recorded before it is applied',
      stops: { known: 2, inferred: 1, unknown: 0 },
      authority: '1 of ira',
    },
  ]);
  expect(plan.steps.every((step) => step.why !== '')).toBe(true);
});

it('keeps what is applied in sight when it plans again', () => {
  const driver = new Driver();
  driver.say();
  driver.apply(driver.cut(0));
  const entries = driver
    .after(30_000)
    .do({ type: 'window-end', identity: driver.cut(0).subject.identity, window: 'W1' });
  const plan = explainPlan(driver.now, entries, COLLATERAL);
  expect(plan.steps.map((step) => step.guarantee)).toEqual(['G4']);
  expect(plan.steps[0]?.authority).toBe('mandate ci-token-leak');
  expect(plan.standing).toEqual(['G2 ci-deploy: applied']);
});
