import {
  createSeededRandom,
  randomInteger,
  sha256,
  type Clock,
  type Random,
} from '../kernel/index.ts';
import type { Action, TargetSpec } from './model.ts';
import { TargetState } from './target-state.ts';
import type { WorkloadSpec } from './workloads.ts';

export interface Service {
  readonly name: string;
  readonly tier: number;
  readonly team: string;
  readonly jurisdiction: string;
}

// table: the business services and the teams behind them
export const SERVICES: readonly Service[] = [
  { name: 'payments', tier: 1, team: 'payments-team', jurisdiction: 'DE' },
  { name: 'ledger', tier: 1, team: 'finance-platform', jurisdiction: 'DE' },
  { name: 'checkout', tier: 1, team: 'storefront-team', jurisdiction: 'US' },
  { name: 'invoicing', tier: 2, team: 'finance-platform', jurisdiction: 'DE' },
  { name: 'fraud-scoring', tier: 2, team: 'risk-team', jurisdiction: 'US' },
  { name: 'warehouse', tier: 2, team: 'logistics-team', jurisdiction: 'AU' },
  { name: 'search', tier: 3, team: 'storefront-team', jurisdiction: 'US' },
  { name: 'reporting', tier: 3, team: 'data-team', jurisdiction: 'AU' },
];

// table: people who own things
export const PEOPLE: readonly { readonly name: string; readonly team: string }[] = [
  { name: 'Ada Brandt', team: 'payments-team' },
  { name: 'Jonas Keller', team: 'finance-platform' },
  { name: 'Priya Raman', team: 'storefront-team' },
  { name: 'Luis Ortega', team: 'risk-team' },
  { name: 'Mei Tanaka', team: 'logistics-team' },
  { name: 'Sam Whitlock', team: 'data-team' },
];

/** What was built for one identity, as the inventory later tells it. */
export interface Member {
  readonly target: string;
  readonly identity: string;
  readonly service: Service;
  readonly credentials: readonly string[];
}

export interface Organisation {
  readonly targets: ReadonlyMap<string, TargetState>;
  readonly members: readonly Member[];
  readonly workloads: readonly WorkloadSpec[];
  /** Per target the identity that no cut touches, so that an outage cannot look like success. */
  readonly controls: ReadonlyMap<
    string,
    { readonly identity: string; readonly credential: string }
  >;
}

export interface OrganisationSettings {
  readonly seed: number;
  readonly clock: Clock;
  readonly targets: readonly TargetSpec[];
  readonly workloadIntervalMs: number;
}

const DAY_MS = 86_400_000;
const WORKLOAD_ROLES = ['api', 'worker', 'batch'] as const;

/** Each part draws from its own stream: adding a target does not change the others. */
export function streamOf(seed: number, name: string): Random {
  return createSeededRandom(sha256(`${seed} ${name}`).readUInt32BE(0));
}

export function buildOrganisation(settings: OrganisationSettings): Organisation {
  const targets = new Map<string, TargetState>();
  const controls = new Map<string, { identity: string; credential: string }>();
  const members: Member[] = [];
  const workloads: WorkloadSpec[] = [];
  for (const [index, spec] of settings.targets.entries()) {
    const random = streamOf(settings.seed, spec.name);
    const target = new TargetState(spec, settings.clock, random);
    targets.set(spec.name, target);
    controls.set(spec.name, addOwnAccounts(target));
    for (let number = 0; number < spec.identities; number += 1) {
      const member = addMember(target, random, index * 3 + number, number);
      members.push(member);
      workloads.push(...workloadsOf(member, spec, settings.workloadIntervalMs));
    }
  }
  return { targets, members, workloads, controls };
}

/** Firebreak's account, the control identity, and one or two administrators. */
function addOwnAccounts(target: TargetState): { identity: string; credential: string } {
  const everything: readonly Action[] = ['read', 'write', 'mint', 'grant'];
  const administrator = { kind: 'service-account', administrator: true, permissions: everything };
  target.addIdentity({ ...administrator, identity: target.account.identity, groups: ['security'] });
  const admins = target.spec.honoursIdempotencyKeys
    ? ['platform-admin', 'break-glass']
    : ['platform-admin'];
  for (const identity of admins) {
    target.addIdentity({ ...administrator, identity, groups: ['platform'] });
    target.addCredential(identity, null);
  }
  const control = 'probe-control';
  const permissions: readonly Action[] = ['read', 'write', 'mint'];
  target.addIdentity({ identity: control, kind: 'service-account', permissions });
  return { identity: control, credential: target.addCredential(control, null).credential };
}

function serviceAt(index: number): Service {
  const service = SERVICES[index % SERVICES.length];
  return service ?? { name: 'misc', tier: 3, team: 'data-team', jurisdiction: 'DE' };
}

function addMember(target: TargetState, random: Random, index: number, number: number): Member {
  const { spec } = target;
  const service = serviceAt(index);
  const base = spec.naming.replace('{service}', service.name);
  const lap = Math.floor(number / SERVICES.length);
  const identity = lap === 0 ? base : `${base}-${lap + 1}`;
  const permissions: Action[] = ['read', 'write'];
  // Half of all identities can mint: that is what makes respawn worth watching.
  if (number % 2 === 0) permissions.push('mint');
  if (number % 4 === 0) permissions.push('grant');
  const groups = [service.team, ...(number % 2 === 0 ? ['deployers'] : [])];
  target.addIdentity({ identity, kind: spec.identityKind, permissions, groups });
  const credentials: string[] = [];
  const count = 1 + randomInteger(random, WORKLOAD_ROLES.length);
  for (let each = 0; each < count; each += 1) {
    const ageMs = randomInteger(random, 700) * DAY_MS;
    credentials.push(target.addCredential(identity, null, { ageMs }).credential);
  }
  return { target: spec.name, identity, service, credentials };
}

/** One consumer per credential; every other one works with a session. */
function workloadsOf(member: Member, spec: TargetSpec, intervalMs: number): WorkloadSpec[] {
  return member.credentials.map((credential, index) => ({
    name: `${member.identity}-${WORKLOAD_ROLES[index] ?? index}@${member.target}`,
    service: member.service.name,
    target: member.target,
    credential,
    action: index % 2 === 0 ? 'read' : 'write',
    intervalMs,
    useSession: spec.system === 'database' || index % 2 === 1,
  }));
}
