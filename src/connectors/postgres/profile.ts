import { reveal } from '../../kernel/index.ts';
import {
  ConnectorFailure,
  type CallContext,
  type Capabilities,
  type Vantage,
} from '../contract.ts';
import {
  MEMBERSHIP_OPTIONS_SINCE,
  POWERFUL_PREDEFINED,
  type PostgresAccess,
  type PostgresProfile,
} from './access.ts';
import { createRoleGrant, signalGrant } from './changing.ts';
import { quoted } from './quoting.ts';
import { numberIn, textIn } from './roles.ts';
import { type Database, roleIn } from './session.ts';

/** The first with memberships that say who gave them, and sessions that can be ended and read as we do. */
const VERSION_LEAST = 140_000;
const CALL_TIMEOUT_MS = 10_000;
const CONCURRENT_CALLS_MAX = 4;
/** A login that was let in before the cut shows up among the sessions within this time. */
const PROPAGATION_MS = 1_000;

export async function readProfile(
  database: Database,
  access: PostgresAccess,
  context: CallContext,
): Promise<PostgresProfile> {
  const [row] = await database.use(context, (session) =>
    session.run(
      `select current_user::text as account, current_setting('server_version_num')::int as version`,
    ),
  );
  const version = numberIn(row ?? {}, 'version');
  if (version < VERSION_LEAST) {
    throw new ConnectorFailure('refused', 'PostgreSQL is older than 14, which is not supported');
  }
  const account = textIn(row ?? {}, 'account');
  const control = roleIn(access.controlUrl);
  if (control === account || reveal(access.controlUrl) === reveal(access.url)) {
    const problem = 'the control must be another role than the one Firebreak acts as';
    throw new ConnectorFailure('refused', problem);
  }
  return {
    target: access.target,
    account,
    control,
    version,
    inside: access.inside ?? null,
    suspension: access.suspension ?? 'nologin',
    rotation: access.rotation ?? 'twin',
    powerful: [...POWERFUL_PREDEFINED, ...(access.reduceGroups ?? [])],
  };
}

/** In the words of the server, each a statement that a superuser runs. */
export function leastPrivilege(profile: PostgresProfile): readonly string[] {
  return [
    createRoleGrant(profile),
    signalGrant(profile),
    statsGrant(profile),
    ...(profile.version < MEMBERSHIP_OPTIONS_SINCE
      ? []
      : [
          `GRANT <each role that may be cut, and each group it may lose> TO ${quoted(profile.account)} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`,
        ]),
  ];
}

export function statsGrant({ account }: PostgresProfile): string {
  return `GRANT pg_read_all_stats TO ${quoted(account)}`;
}

export function vantagesOf({ inside }: PostgresProfile): readonly Vantage[] {
  return [
    { name: 'outside', how: 'a login from where Firebreak runs' },
    ...(inside === null ? [] : [{ name: 'inside', how: `a login by way of ${inside}` } as const]),
    { name: 'control-plane', how: 'pg_roles and pg_stat_activity' },
  ];
}

export function capabilitiesOf(profile: PostgresProfile): Capabilities {
  const grain = 'identity';
  const common = { grain, propagationMs: PROPAGATION_MS } as const;
  return {
    target: profile.target,
    system: 'postgres',
    honoursIdempotencyKeys: false,
    callTimeoutMs: CALL_TIMEOUT_MS,
    concurrentCallsMax: CONCURRENT_CALLS_MAX,
    guarantees: [
      { guarantee: 'G2', reversible: true, ...common },
      { guarantee: 'G4', reversible: true, ...common },
      { guarantee: 'G5', reversible: false, ...common },
    ],
    vantages: vantagesOf(profile),
    holds: [{ grain: 'session', propagationMs: PROPAGATION_MS, probeMethod: 'listing' }],
    // Without the password there is no way to be let through the server's own check of a login.
    probeMethods: ['secret'],
    actsAs: profile.account,
    leastPrivilege: leastPrivilege(profile),
  };
}
