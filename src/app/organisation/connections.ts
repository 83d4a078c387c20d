import type { Book } from './book.ts';
import type { Chance } from './chance.ts';
import type { CredentialPlan, Environment, IdentityPlan, Service } from './model.ts';
import { underscored } from './references.ts';
import type { Estate } from './services.ts';

/** Of credentials that somebody uses: consumers of other services use them too. */
export const SHARED_SHARE = 0.03;
/** Of credentials that are kept somewhere: they are kept in several places. */
export const COPIED_SHARE = 0.04;
/** Used, and nobody says by whom. */
const UNEXPLAINED_SHARE = 0.12;
/** Of pipelines outside production: they can read what production keeps. */
const JUMP_SHARE = 0.12;

type Placed = IdentityPlan & { readonly service: Service };

const isPlaced = (plan: IdentityPlan): plan is Placed => plan.service !== null;
const placeOf = ({ service, environment }: Placed): string => `${service.name} ${environment}`;

// table: where keys lie, and how often
const PLACES: readonly (readonly [
  number,
  (service: Service, environment: Environment, what: string) => readonly [string, string],
])[] = [
  [
    0.58,
    ({ domain, name }, environment, what) => [
      `vault:path:secret/${environment}/${domain}/${name}/${what}`,
      `vault ${environment}/${domain}/${name}/${what}`,
    ],
  ],
  [
    0.2,
    ({ name }, environment, what) => [
      `ci:variable:northlake/${name}/${environment}/${underscored(what).toUpperCase()}`,
      `CI variable ${underscored(what).toUpperCase()} of ${name}`,
    ],
  ],
  [
    0.15,
    ({ domain, name }, environment, what) => [
      `k8s:secret:${domain}-${environment}/${name}-${what}`,
      `secret ${name}-${what} in ${domain}-${environment}`,
    ],
  ],
  [
    0.04,
    ({ name }, environment, what) => [
      `file:path:config-${environment}.northlake.example/etc/${name}/${what}.conf`,
      `/etc/${name}/${what}.conf`,
    ],
  ],
  [
    0.03,
    ({ name }, environment, what) => [
      `github:file:northlake/${name}/deploy/${environment}/${what}.env`,
      `${what}.env in the repository ${name}`,
    ],
  ],
];

function placeIndex(chance: Chance): number {
  const dice = chance.below(100) / 100;
  let sum = 0;
  const found = PLACES.findIndex(([share]) => (sum += share) > dice);
  return found < 0 ? 0 : found;
}

/** Lays the credential down where it is kept; more than one place for a few. */
function keep(
  book: Book,
  plan: Placed,
  { refs: [ref = ''] }: CredentialPlan,
  what: string,
  chance: Chance,
): readonly string[] {
  const count = chance.isSo(COPIED_SHARE) ? chance.between(2, 4) : 1;
  const first = placeIndex(chance);
  return Array.from({ length: count }, (_, copy) => {
    const [, name] = PLACES[(first + copy) % PLACES.length] ?? PLACES[0] ?? [];
    if (name === undefined) throw new RangeError('there is no place to keep a key');
    const { service, environment } = plan;
    const [store, title] = name(service, environment, what);
    const tags = [`tenant:${service.tenant.name}`, `owner:${service.team.ref}`];
    book.thing('store', store, title, { environment, tags });
    book.edge({ from: store, relation: 'holds', to: ref, basis: 'observed' });
    return store;
  });
}

function consume(
  book: Book,
  estate: Estate,
  plan: Placed,
  { refs: [ref = ''], usedDaysAgo }: CredentialPlan,
  chance: Chance,
): void {
  if (chance.isSo(UNEXPLAINED_SHARE)) return;
  const { service, environment } = plan;
  const dice = chance.below(10);
  const basis = dice < 7 ? 'observed' : dice < 9 ? 'declared' : 'inferred';
  const age = basis === 'observed' && usedDaysAgo !== null ? { ageDays: usedDaysAgo } : {};
  const own = chance.pick(estate.workloadsOf(service, environment));
  book.edge({ from: own, relation: 'uses', to: ref, basis, ...age });
  if (!chance.isSo(SHARED_SHARE)) return;
  for (const other of chance.some(estate.services, chance.between(2, 4))) {
    const workload = chance.pick(estate.workloadsOf(other, environment));
    book.edge({ from: workload, relation: 'uses', to: ref, basis: 'observed' });
  }
}

const WHATS = { password: 'db', certificate: 'tls', 'ssh-key': 'deploy-key' } as const;

function whatOf({ kind }: CredentialPlan, plan: Placed, index: number): string {
  const known: Readonly<Record<string, string>> = WHATS;
  const lap = /-(\d+)$/u.exec(plan.name)?.[1];
  const system = plan.target.split('-')[0] ?? '';
  const parts = [system, known[kind] ?? kind, ...(lap === undefined ? [] : [lap])];
  return [...parts, ...(index === 0 ? [] : [`${index + 1}`])].join('-');
}

/** What the identity may do by itself. */
function reach(book: Book, estate: Estate, plan: Placed, chance: Chance): void {
  const { service, environment } = plan;
  const resources = estate.resourcesOf(service, environment);
  for (const to of chance.some(resources, plan.kind === 'certificate-subject' ? 0 : 2)) {
    const basis = chance.isSo(0.4) ? 'observed' : 'declared';
    book.edge({ from: plan.ref, relation: 'reaches', to, basis });
  }
}

interface Known {
  readonly stores: ReadonlyMap<string, readonly string[]>;
  readonly roles: ReadonlyMap<string, readonly string[]>;
}

/** Pipelines take on roles and read what their service keeps; so do some workloads. */
function delegate(book: Book, plan: Placed, { stores, roles }: Known, chance: Chance): void {
  const here = placeOf(plan);
  const at = (place: string): readonly string[] => stores.get(place) ?? [];
  if (plan.kind === 'ci-identity') {
    for (const to of chance.some(roles.get(here) ?? [], 1)) {
      book.edge({ from: plan.ref, relation: 'assumes', to });
    }
    const isJump = plan.environment !== 'prod' && chance.isSo(JUMP_SHARE);
    const there = isJump ? `${plan.service.name} prod` : here;
    for (const to of chance.some(at(there), chance.between(0, 2))) {
      book.edge({ from: plan.ref, relation: 'reads', to });
    }
  }
  if (plan.kind === 'workload-identity' && chance.isSo(0.3)) {
    for (const to of chance.some(at(here), 1)) book.edge({ from: plan.ref, relation: 'reads', to });
  }
}

/** Stores, consumers, resources and delegations of the many. */
export function connectIdentities(
  book: Book,
  estate: Estate,
  plans: readonly IdentityPlan[],
  chance: Chance,
): void {
  const stores = new Map<string, string[]>();
  const roles = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, place: string, refs: readonly string[]): void => {
    map.set(place, [...(map.get(place) ?? []), ...refs]);
  };
  const placed = plans.filter(isPlaced);
  for (const plan of placed) {
    for (const [index, credential] of plan.credentials.entries()) {
      const isKept = credential.expiresInDays === null || credential.expiresInDays > 1;
      if (isKept || credential.ageDays > 1) {
        const what = whatOf(credential, plan, index);
        add(stores, placeOf(plan), keep(book, plan, credential, what, chance));
      }
      consume(book, estate, plan, credential, chance);
    }
    if (plan.kind === 'workload-identity') {
      const workload = chance.pick(estate.workloadsOf(plan.service, plan.environment));
      book.edge({ from: workload, relation: 'runs-as', to: plan.ref, basis: 'observed' });
      if (plan.credentials.length === 0) add(roles, placeOf(plan), [plan.ref]);
    }
    reach(book, estate, plan, chance);
  }
  for (const plan of placed) delegate(book, plan, { stores, roles }, chance);
}
