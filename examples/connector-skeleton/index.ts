import type { Capabilities, Connector } from '../../src/connectors/contract.ts';
import { reveal, type Secret } from '../../src/kernel/index.ts';
import { apply, prepare, readBack, revert } from './cutting.ts';
import { captureEvidence, discover, probe } from './looking.ts';
import { RIGHTS, type KeyServiceApi } from './service.ts';
import { ACTS_AS } from './state.ts';

export interface SkeletonAccess {
  readonly target: string;
  readonly api: KeyServiceApi;
  /** Of an account that no cut touches: the positive control of every probe. */
  readonly controlSecret: Secret;
}

function capabilitiesOf(target: string): Capabilities {
  return {
    target,
    system: 'key-service',
    honoursIdempotencyKeys: false,
    callTimeoutMs: 10_000,
    concurrentCallsMax: 8,
    guarantees: [
      { guarantee: 'G2', grain: 'identity', propagationMs: 0, reversible: true },
      { guarantee: 'G4', grain: 'credential', propagationMs: 0, reversible: true },
      { guarantee: 'G5', grain: 'credential', propagationMs: 0, reversible: false },
    ],
    vantages: [{ name: 'outside', how: 'a login from where Firebreak runs' }],
    probeMethods: ['secret'],
    actsAs: ACTS_AS,
    leastPrivilege: RIGHTS,
  };
}

export function createSkeletonConnector({ target, api, controlSecret }: SkeletonAccess): Connector {
  const capabilities = capabilitiesOf(target);
  return {
    describe: () => capabilities,
    discover: (scope, context) => discover(api, scope, context),
    captureEvidence: (subject, context) => captureEvidence(api, subject, context),
    prepare: (order, context) => prepare(api, order, context),
    apply: (order, context) => apply(api, order, context),
    readBack: (order, context) => readBack(api, order, context),
    probe: (request, context) => probe(api, reveal(controlSecret), request, context),
    revert: (order, context) => revert(api, order, context),
  };
}
