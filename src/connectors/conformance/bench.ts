import { expect } from 'vitest';
import { present, type Guarantee } from '../../kernel/index.ts';
import { watched } from './watch.ts';
import {
  ConnectorFailure,
  type CallContext,
  type Connector,
  type CutOrder,
  type CutSubject,
  type GuaranteeCapability,
  type Prepared,
  type Probed,
  type ProbeMethod,
  type RevertOrder,
} from '../contract.ts';

/** A fresh identity with one live credential that may mint, made for one test. */
export interface ConformanceSubject {
  readonly subject: CutSubject;
  readonly secret: string;
  /** Another live credential of the same identity; null where an identity has only one. */
  readonly sibling: string | null;
}

export type SessionTry = (action: 'read' | 'mint') => Promise<boolean>;

/** A throw-away target with means of its own to look at it and to disturb it, independent of the connector. */
export interface ConformanceEnvironment {
  readonly connector: Connector;
  readonly newSubject: () => Promise<ConformanceSubject>;
  /** Lets this much of the target's time pass. */
  readonly passTime: (ms: number) => Promise<void>;
  /** Does ordinary use of this secret succeed right now? */
  readonly works: (secret: string) => Promise<boolean>;
  /** Everything that must never be seen in an answer or an error. */
  readonly secrets: () => readonly string[];
  readonly close: () => Promise<void>;
  /** Logs in and returns the way to try that session; minting is tried without effect. */
  readonly openSession?: (secret: string) => Promise<SessionTry>;
  /** Somebody else changes what a G2 cut changed, to neither its state before nor after. */
  readonly tamper?: (subject: CutSubject) => Promise<void>;
  /** Takes the connector's rights away. */
  readonly withdrawGrants?: () => Promise<void>;
  /** The next change takes effect, but its answer is lost. */
  readonly loseNextReply?: () => Promise<void>;
  /** The data plane stops answering. */
  readonly outage?: () => Promise<void>;
  /** How often the target itself says that any one act under this key took effect: the highest count. */
  readonly effects?: (subject: CutSubject, key: string) => Promise<number>;
  /** For rotation: a secret of the form that the target takes. */
  readonly newSecret?: (subject: CutSubject) => string;
  /** Does ordinary use as this subject with this secret succeed right now? */
  readonly worksAs?: (subject: CutSubject, secret: string) => Promise<boolean>;
}

export type ConformanceFeature =
  | 'openSession'
  | 'tamper'
  | 'withdrawGrants'
  | 'loseNextReply'
  | 'outage'
  | 'effects'
  | 'newSecret'
  | 'worksAs';

const CALL_TIMEOUT_MS = 5_000;
export interface Bench {
  readonly environment: ConformanceEnvironment;
  readonly connector: Connector;
  readonly context: (key?: string) => CallContext;
  readonly order: (made: ConformanceSubject, guarantee: Guarantee) => CutOrder;
  readonly cut: (made: ConformanceSubject, guarantee: Guarantee) => Promise<CutDone>;
  readonly probe: (
    made: ConformanceSubject,
    guarantee: Guarantee,
    method?: ProbeMethod,
  ) => Promise<Probed>;
  readonly settle: () => Promise<void>;
}

export interface CutDone {
  readonly order: CutOrder;
  readonly prepared: Prepared;
  readonly key: string;
}

export function benchOf(environment: ConformanceEnvironment): Bench {
  const connector = watched(environment.connector, environment.secrets);
  const capabilities = connector.describe();
  let calls = 0;
  const context = (key?: string): CallContext => {
    calls += 1;
    return { idempotencyKey: key ?? `conformance-${calls}`, timeoutMs: CALL_TIMEOUT_MS };
  };
  const capability = (guarantee: Guarantee): GuaranteeCapability =>
    present(
      capabilities.guarantees.find((each) => each.guarantee === guarantee),
      `the connector declares ${guarantee}`,
    );
  const order = (made: ConformanceSubject, guarantee: Guarantee): CutOrder => ({
    target: capabilities.target,
    subject: made.subject,
    guarantee,
    grain: capability(guarantee).grain,
    parameters: {},
  });
  return {
    environment,
    connector,
    context,
    order,
    cut: async (made, guarantee) => {
      const wanted = order(made, guarantee);
      const prepared = await connector.prepare(wanted, context());
      const { idempotencyKey: key } = context();
      expect((await connector.apply(wanted, context(key))).state).toBe('done');
      return { order: wanted, prepared, key };
    },
    probe: (made, guarantee, method = 'secret') =>
      connector.probe(
        {
          target: capabilities.target,
          subject: made.subject,
          guarantee,
          method,
          vantage: 'conformance',
          ...(method === 'secret' ? { secret: made.secret } : {}),
        },
        context(),
      ),
    settle: () =>
      environment.passTime(Math.max(...capabilities.guarantees.map((c) => c.propagationMs)) + 1),
  };
}

export function revertOf(done: CutDone, rearmCredential: boolean): RevertOrder {
  const { parameters: _, ...order } = done.order;
  const inverse = present(done.prepared.inverse, 'a reversible cut has an inverse');
  return { ...order, preImage: done.prepared.preImage, inverse, rearmCredential };
}

/** Without a declared reason a missing feature is an error of the environment, not a test that quietly passes. */
export function given<Feature>(feature: Feature | undefined): Feature {
  return present(feature, 'the environment offers this feature or says why not');
}

export async function failureOf(call: Promise<unknown>): Promise<ConnectorFailure> {
  try {
    await call;
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectorFailure);
    if (error instanceof ConnectorFailure) return error;
  }
  throw new Error('the call was expected to fail');
}
