import type { Book } from './book.ts';
import type { Chance } from './chance.ts';
import type { CredentialPlan, IdentityPlan, Service, Team } from './model.ts';
import { claimsFor } from './owners.ts';
import { arn } from './references.ts';
import type { Estate } from './services.ts';

/** What every organisation has somewhere. Each identity of one is tagged `shape:NAME`. */
export const SHAPES = [
  'pipeline-to-database',
  'github-app',
  'agent-to-mailbox',
  'gateway-certificate',
  'break-glass',
  'vendor-integration',
  'shared-key',
  'copied-secret',
  'role-cycle',
  'provider-run',
  'secrets-operator',
  'backup-operator',
] as const;
export type Shape = (typeof SHAPES)[number];

export interface Scene {
  readonly book: Book;
  readonly estate: Estate;
  readonly teams: readonly Team[];
  readonly chance: Chance;
  readonly serviceNamed: (name: string) => Service;
}

type Given = Pick<IdentityPlan, 'ref' | 'kind' | 'name' | 'target' | 'purpose'> &
  Partial<IdentityPlan>;

const KEPT: Pick<CredentialPlan, 'ageDays' | 'expiresInDays' | 'usedDaysAgo' | 'usedScopes'> = {
  ageDays: 320,
  expiresInDays: null,
  usedDaysAgo: 0.2,
  usedScopes: null,
};

export function key(
  kind: CredentialPlan['kind'],
  ref: string,
  more: Partial<CredentialPlan> = {},
): CredentialPlan {
  return { ...KEPT, kind, refs: [ref], scopes: [], ...more };
}

export function member(
  { book, teams, chance }: Scene,
  shape: Shape,
  service: Service,
  { tags = [], ...given }: Given,
): IdentityPlan {
  const plan: IdentityPlan = {
    environment: 'prod',
    tenant: service.tenant,
    service,
    owners: claimsFor('owned', service.team, teams, chance),
    exposure: 'internal',
    rotationDays: 90,
    operator: service.tenant.operator,
    credentials: [],
    ...given,
    tags: [`service:${service.name}`, `shape:${shape}`, ...tags],
  };
  book.identity(plan);
  return plan;
}

export function role(
  scene: Scene,
  shape: Shape,
  service: Service,
  name: string,
  purpose: string,
): string {
  const ref = arn(service.tenant.account, `role/${name}`);
  const target = `aws-${service.tenant.name}`;
  member(scene, shape, service, {
    ref,
    kind: 'workload-identity',
    name: `role/${name}`,
    target,
    purpose,
  });
  return ref;
}

export function store(
  { book }: Scene,
  service: Service,
  ref: string,
  name: string,
  holds: string,
): string {
  const tags = [`tenant:${service.tenant.name}`, `owner:${service.team.ref}`];
  book.thing('store', ref, name, { environment: 'prod', tags });
  book.edge({ from: ref, relation: 'holds', to: holds, basis: 'observed', ageDays: 3 });
  return ref;
}

export function link(
  scene: Scene,
  from: string,
  relation: 'assumes' | 'reads' | 'reaches' | 'mints',
  to: string,
): void {
  scene.book.edge({ from, relation, to, basis: 'observed', ageDays: 6 });
}

export function use({ book, estate }: Scene, service: Service, credential: string): void {
  const [workload = ''] = estate.workloadsOf(service, 'prod');
  book.edge({ from: workload, relation: 'uses', to: credential, basis: 'observed', ageDays: 1 });
}

export function reachAll(scene: Scene, from: string, service: Service): void {
  for (const to of scene.estate.resourcesOf(service, 'prod')) link(scene, from, 'reaches', to);
}
