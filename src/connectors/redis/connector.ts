import type { Clock } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  endedForGood,
  type Capabilities,
  type Connector,
  type GuaranteeCapability,
  type Vantage,
} from '../contract.ts';
import { readAccess, type RedisAccess, type RedisProfile } from './access.ts';
import { apply, prepare, readBack } from './applying.ts';
import { inventory } from './inventory.ts';
import { captureEvidence, createFirstSeen, discover, type Looking } from './looking.ts';
import { checkPrivileges } from './privileges.ts';
import { probe, tryControl } from './probing.ts';
import { endSession, prepareSession, probeSession, sessionReadBack } from './sessions.ts';
import { revert } from './reverting.ts';
import { leastPrivilege } from './rights.ts';
import { passwordsOf } from './rotating.ts';
import { openTarget, type RedisTarget } from './target.ts';
import { twinsOf } from './twins.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const CALL_TIMEOUT_MS = 10_000;
const CONCURRENT_CALLS_MAX = 8;
/** The first with subcommands in categories, selectors and rules that ACL GETUSER gives as text. */
const VERSION_LEAST = 7;

function vantagesOf({ inside }: RedisProfile): readonly Vantage[] {
  const how = inside === null ? '' : `a login by way of ${inside.host}:${inside.port}`;
  return [
    { name: 'outside', how: 'a login from where Firebreak runs' },
    ...(inside === null ? [] : [{ name: 'inside', how } as const]),
    { name: 'control-plane', how: 'ACL GETUSER, CLIENT LIST and what was saved' },
  ];
}

function capabilitiesOf(profile: RedisProfile): Capabilities {
  // One thread changes the users and answers the logins: what it has confirmed holds everywhere.
  const at = (
    guarantee: GuaranteeCapability['guarantee'],
    grain: GuaranteeCapability['grain'],
  ): GuaranteeCapability => ({
    guarantee,
    grain,
    propagationMs: 0,
    reversible: guarantee !== 'G5',
  });
  return {
    target: profile.target,
    system: 'redis',
    honoursIdempotencyKeys: false,
    callTimeoutMs: CALL_TIMEOUT_MS,
    concurrentCallsMax: CONCURRENT_CALLS_MAX,
    guarantees: [at('G2', 'identity'), at('G4', 'credential'), at('G5', 'credential')],
    vantages: vantagesOf(profile),
    holds: [{ grain: 'session', propagationMs: 0, probeMethod: 'listing' }],
    // ACL DRYRUN looks at rules and never at a login: it would call a user that is off let in.
    probeMethods: ['secret'],
    actsAs: profile.account,
    leastPrivilege: leastPrivilege(profile),
  };
}

/** Asks the server what it is, then gives its connector. */
export async function connectRedis(access: RedisAccess, clock: Clock): Promise<Connector> {
  const target = openTarget(readAccess(access));
  await checkServer(target);
  return createConnector(target, clock);
}

/** Each node has users of its own. A replica is a target of its own; in a cluster a cut on one node would be no cut. */
async function checkServer(target: RedisTarget): Promise<void> {
  const context = { idempotencyKey: 'connect', timeoutMs: CONNECT_TIMEOUT_MS };
  const { version, mode } = await target.use(context, async ({ server }) => server);
  const [major = ''] = version.split('.');
  if (Number(major) < VERSION_LEAST) {
    throw new ConnectorFailure('refused', `Redis ${version} is older than ${VERSION_LEAST}`);
  }
  if (mode !== 'standalone') {
    const problem = `users of a ${mode} are kept on each node; this connector acts on one server`;
    throw new ConnectorFailure('refused', problem);
  }
}

function createConnector(target: RedisTarget, clock: Clock): Connector {
  const capabilities = capabilitiesOf(target.profile);
  const looking: Looking = { target, clock, firstSeen: createFirstSeen(clock) };
  return {
    describe: () => capabilities,
    discover: (scope, context) => discover(looking, scope, context),
    captureEvidence: (subject, context) => captureEvidence(looking, subject, context),
    prepare: (order, context) =>
      (order.grain === 'session' ? prepareSession : prepare)(target, order, context),
    apply: (order, context) =>
      (order.grain === 'session' ? endSession : apply)(target, order, context),
    readBack: (order, context) =>
      (order.grain === 'session' ? sessionReadBack : readBack)(target, order, context),
    probe: (request, context) =>
      request.subject.session === undefined
        ? probe(target, request, context)
        : probeSession(target, request, tryControl(target, request, context), context),
    revert: (order, context) =>
      order.grain === 'session' ? endedForGood(order) : revert(target, order, context),
    inventory: (context) => inventory(looking, context),
    checkPrivileges: (context) => checkPrivileges(target, context),
    rotation: (target.profile.rotation === 'twin' ? twinsOf : passwordsOf)(target, clock.nowMs),
  };
}
