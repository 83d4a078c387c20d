import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { benchOf, type ConformanceEnvironment } from '../../src/connectors/conformance/bench.ts';
import { casesFor } from '../../src/connectors/conformance/cases.ts';
import { ConnectorFailure, type Connector } from '../../src/connectors/contract.ts';
import { environment } from './environment.testing.ts';
import type { KeyServiceApi } from './service.ts';

/** Each makes one mistake of a real connector out of the skeleton, which has none of them. */
const MISTAKES: Readonly<Record<string, (right: Connector) => Partial<Connector>>> = {
  'believes its own call': (right) => ({
    readBack: async (order, context) => {
      await right.readBack(order, context);
      return { state: 'applied', raw: {} };
    },
  }),
  'writes a secret down': (right) => ({
    prepare: async (order, context) => {
      const { preImage, inverse } = await right.prepare(order, context);
      return {
        preImage: { ...preImage, secret: `fake-secret-of-${order.subject.credential}` },
        inverse,
      };
    },
  }),
  'takes silence for a denial': (right) => ({
    probe: async (request, context) => {
      const probed = await right.probe(request, context);
      return probed.observed === 'no-answer' ? { ...probed, observed: 'denied' } : probed;
    },
  }),
  'has no positive control': (right) => ({
    probe: async (request, context) => ({
      ...(await right.probe(request, context)),
      control: 'works',
    }),
  }),
  'calls every denial the expected one': (right) => ({
    probe: async (request, context) => ({
      ...(await right.probe(request, context)),
      expected: true,
    }),
  }),
  'overwrites what somebody else changed': (right) => ({
    revert: async (order, context) => {
      const reverted = await right.revert(order, context);
      return reverted.state === 'conflict' ? { state: 'done', raw: {} } : reverted;
    },
  }),
  'rearms the leaked credential': (right) => ({
    revert: (order, context) => right.revert({ ...order, rearmCredential: true }, context),
  }),
  'says that a lost answer had no effect': (right) => ({
    apply: async (order, context) => {
      try {
        return await right.apply(order, context);
      } catch (error) {
        if (!(error instanceof ConnectorFailure) || error.kind !== 'unknown') throw error;
        throw new ConnectorFailure('transient', error.message);
      }
    },
  }),
  'does not name the right that is missing': (right) => ({
    apply: async (order, context) => {
      try {
        return await right.apply(order, context);
      } catch (error) {
        if (!(error instanceof ConnectorFailure)) throw error;
        throw new ConnectorFailure(error.kind, error.message);
      }
    },
  }),
  'takes a repeat for a new cut': (right) => ({
    apply: async (order, context) => {
      const applied = await right.apply(order, context);
      return applied.state === 'already' ? { ...applied, state: 'done' } : applied;
    },
  }),
  'offers to take back what is final': (right) => ({
    prepare: async (order, context) => {
      const prepared = await right.prepare(order, context);
      return { ...prepared, inverse: prepared.inverse ?? {} };
    },
  }),
};

const GUIDE = readFileSync(
  new URL('../../docs/connectors/writing-a-connector.md', import.meta.url),
  'utf8',
);

/** The names of the cases that fail. */
async function failedCases(
  make: (right: Connector) => Partial<Connector>,
  through?: (api: KeyServiceApi) => KeyServiceApi,
): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const each of casesFor(['G2', 'G4', 'G5'])) {
    const right = await environment(through);
    const wrong: ConformanceEnvironment = {
      ...right,
      connector: { ...right.connector, ...make(right.connector) },
    };
    await each.run(benchOf(wrong)).catch(() => failed.push(each.name));
  }
  return failed;
}

describe('a connector', () => {
  it('without a mistake fails nothing', async () => {
    expect(await failedCases(() => ({}))).toEqual([]);
  });

  it('that leaves open sessions alone is found', async () => {
    const failed = await failedCases(
      () => ({}),
      (api) => ({ ...api, endSessions: async () => undefined }),
    );
    expect(failed).toContain(
      'G4: a session that was open is dead afterwards, at the latest when its residual ends',
    );
    expect(GUIDE).toContain('- leaves open sessions alone');
  });

  it.each(Object.entries(MISTAKES))('that %s is found', async (mistake, make) => {
    expect(await failedCases(make)).not.toEqual([]);
    expect(GUIDE).toContain(`- ${mistake}`);
  });
});
