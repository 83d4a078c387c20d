import type { Book } from './book.ts';
import type { Chance } from './chance.ts';
import type { Environment, Service, Team } from './model.ts';
import { tenantNamed } from './people.ts';
import { underscored } from './references.ts';
import { COMPONENTS, DOMAINS, WORLD_SERVICES } from './words.ts';

/** For each service of the organisation about so many identities. */
const IDENTITIES_EACH = 2_000 / 300;
/** So that every domain has its first service. */
const SERVICES_LEAST = 40;
const TIER_SHARES = { '3': 0.5, '1': 0.03, '2': 0.14, none: 0.33 } as const;
const ROLES = ['server', 'worker', 'batch', 'migrations'] as const;

export interface Estate {
  readonly services: readonly Service[];
  /** By service and environment; made when first asked for. */
  readonly workloadsOf: (service: Service, environment: Environment) => readonly string[];
  readonly resourcesOf: (service: Service, environment: Environment) => readonly string[];
}

function teamNamed(teams: readonly Team[], name: string): Team {
  const team = teams.find((one) => one.name === name);
  if (team === undefined) throw new RangeError(`there is no team ${name}`);
  return team;
}

function nameServices(teams: readonly Team[], count: number, chance: Chance): readonly Service[] {
  const known = WORLD_SERVICES.map(([name, tier, team]): Service => ({
    name,
    domain: name,
    tier,
    team: teamNamed(teams, team),
    tenant: tenantNamed('northlake'),
    ref: `northlake:service:${name}`,
  }));
  const pairs = COMPONENTS.flatMap((component) =>
    DOMAINS.map((domain) => ({ domain, name: `${domain.name}-${component}` })),
  );
  const rest = pairs.slice(0, Math.max(0, count - known.length));
  const tiers = chance.deal(TIER_SHARES, rest.length);
  return [
    ...known,
    ...rest.map(({ domain, name }, index): Service => {
      const tier = tiers[index] ?? 'none';
      return {
        name,
        domain: domain.name,
        tier: tier === 'none' ? null : Number(tier),
        team: teamNamed(teams, domain.team),
        tenant: tenantNamed(domain.tenant),
        ref: `northlake:service:${name}`,
      };
    }),
  ];
}

/** A call goes to the same domain mostly; a few services call each other. */
function connectServices(book: Book, services: readonly Service[], chance: Chance): void {
  const depend = (from: Service, to: Service): void => {
    const basis = chance.isSo(0.6) ? 'observed' : 'declared';
    book.edge({ from: from.ref, relation: 'depends-on', to: to.ref, basis });
  };
  for (const service of services) {
    const near = services.filter((one) => one.domain === service.domain && one !== service);
    if (near.length > 0 && chance.isSo(0.4)) depend(service, chance.pick(near));
    if (chance.isSo(0.06)) depend(service, chance.pick(services));
    // What is critical stands on much that is not.
    if (service.tier === 1) for (const to of chance.some(services, 3)) depend(service, to);
  }
  const some = chance.some(
    services.filter(({ tier }) => tier === null),
    6,
  );
  for (let each = 0; each + 1 < some.length; each += 2) {
    const [left, right] = [some[each], some[each + 1]];
    if (left === undefined || right === undefined) continue;
    depend(left, right);
    depend(right, left);
  }
}

function resourceNames(service: Service, environment: Environment): readonly (readonly string[])[] {
  const { name, tenant, domain } = service;
  const place = `${environment}.${tenant.zone}.northlake.example`;
  return [
    [`postgres:database:${underscored(name)}@db.${place}`, `${name}-db (${environment})`],
    [
      `aws:arn:arn:aws:s3:::${tenant.name}-${name}-${environment}`,
      `${tenant.name}-${name}-${environment}`,
    ],
    [`kafka:topic:${domain}.${name}.${environment}`, `${domain}.${name}.${environment}`],
  ];
}

export function buildEstate(
  book: Book,
  teams: readonly Team[],
  settings: { readonly identities: number },
  chance: Chance,
): Estate {
  const most = COMPONENTS.length * DOMAINS.length + WORLD_SERVICES.length;
  const count = Math.min(
    most,
    Math.max(SERVICES_LEAST, Math.round(settings.identities / IDENTITIES_EACH)),
  );
  const services = nameServices(teams, count, chance);
  for (const { ref, name, tier, team, tenant } of services) {
    const tags = [`service:${name}`, `tenant:${tenant.name}`, `owner:${team.ref}`];
    const { jurisdiction } = tenant;
    const facts = { environment: 'prod', jurisdiction, tags };
    book.thing('service', ref, name, { ...facts, ...(tier === null ? {} : { tier }) });
  }
  connectServices(book, services, chance);
  const made = new Map<string, readonly string[]>();
  const once = (key: string, make: () => readonly string[]): readonly string[] => {
    const known = made.get(key) ?? make();
    made.set(key, known);
    return known;
  };
  return {
    services,
    workloadsOf: (service, environment) =>
      once(`workloads ${service.name} ${environment}`, () =>
        addWorkloads(book, service, environment, chance),
      ),
    resourcesOf: (service, environment) =>
      once(`resources ${service.name} ${environment}`, () =>
        addResources(book, service, environment, chance),
      ),
  };
}

function addWorkloads(
  book: Book,
  service: Service,
  environment: Environment,
  chance: Chance,
): readonly string[] {
  const roles = ROLES.slice(0, environment === 'prod' ? chance.between(1, 3) : 1);
  return roles.map((role) => {
    const { name, domain, tenant, team } = service;
    const kind = role === 'batch' || role === 'migrations' ? 'cronjob' : 'deployment';
    const namespace = environment === 'prod' ? domain : `${domain}-${environment}`;
    const ref = `k8s:${kind}:${tenant.zone}/${namespace}/${name}-${role}`;
    const tags = [`tenant:${tenant.name}`, `owner:${team.ref}`];
    book.thing('workload', ref, `${name}-${role}`, { environment, tags });
    // What runs for a test carries nobody's business.
    if (environment === 'prod') {
      book.edge({ from: service.ref, relation: 'depends-on', to: ref, basis: 'observed' });
    }
    return ref;
  });
}

function addResources(
  book: Book,
  service: Service,
  environment: Environment,
  chance: Chance,
): readonly string[] {
  const chosen = resourceNames(service, environment).slice(0, chance.between(1, 3));
  return chosen.map(([ref = '', name = '']) => {
    const tags = [`tenant:${service.tenant.name}`];
    book.thing('resource', ref, name, { environment, tags });
    if (environment === 'prod') book.edge({ from: service.ref, relation: 'depends-on', to: ref });
    return ref;
  });
}
