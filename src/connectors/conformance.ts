import { afterEach, describe, expect, it } from 'vitest';
import { GUARANTEES, type Guarantee } from '../kernel/index.ts';
import {
  benchOf,
  type ConformanceEnvironment,
  type ConformanceFeature,
} from './conformance/bench.ts';
import { casesBeyond, type ConformanceOffer } from './conformance/beyond.ts';
import { casesFor } from './conformance/cases.ts';

export type {
  ConformanceEnvironment,
  ConformanceFeature,
  ConformanceSubject,
  SessionTry,
} from './conformance/bench.ts';

export interface ConformanceSettings {
  /** The guarantees this target offers; all five unless told. */
  readonly guarantees?: readonly Guarantee[];
  /** What the connector offers beside cuts. */
  readonly offers?: readonly ConformanceOffer[];
  /** What this environment cannot do, each with the reason. */
  readonly without?: Partial<Record<ConformanceFeature, string>>;
}

/** What every connector has to keep, whatever its target is. Call it at the top level of a test file. */
export function connectorConformance(
  name: string,
  makeEnvironment: () => Promise<ConformanceEnvironment>,
  settings: ConformanceSettings = {},
): void {
  const guarantees = settings.guarantees ?? GUARANTEES;
  const beyond = casesBeyond(settings.offers ?? [], guarantees.includes('G4'));
  const cases = [...casesFor(guarantees), ...beyond].filter(({ needs }) =>
    needs.every((feature) => settings.without?.[feature] === undefined),
  );
  describe(`connector conformance: ${name}`, () => {
    let environment: ConformanceEnvironment | undefined;
    afterEach(async () => {
      await environment?.close();
      environment = undefined;
    });
    for (const each of cases) {
      it(`keeps: ${each.name}`, async () => {
        expect.hasAssertions();
        environment = await makeEnvironment();
        await each.run(benchOf(environment));
      });
    }
  });
}
