// Access that opens much.

import { tenantNamed } from './people.ts';
import { accessKey, arn } from './references.ts';
import { key, link, member, reachAll, role, store, use, type Scene } from './scene.ts';
import { TENANTS } from './words.ts';

/** The way in when everything else is shut: everything it opens, and hardly ever used. */
export function breakGlass(scene: Scene): void {
  const shape = 'break-glass';
  const service = scene.serviceNamed('identity-api');
  for (const { name: tenant, account, operator } of TENANTS) {
    const ref = arn(account, 'user/break-glass');
    const accessKeyId = accessKey(scene.chance);
    const target = `aws-${tenant}`;
    const used = { usedDaysAgo: 420, ageDays: 1_100, scopes: ['admin:*'], usedScopes: null };
    member(scene, shape, service, {
      ref,
      kind: 'service-account',
      name: 'break-glass',
      target,
      tenant: tenantNamed(tenant),
      operator,
      purpose: `the last way into ${target}`,
      tags: ['administrator'],
      credentials: [key('api-key', accessKeyId, used)],
    });
    const path = `sealed/${tenant}/break-glass`;
    store(scene, service, `vault:path:${path}`, `vault ${path}`, accessKeyId);
    const owned = scene.estate.services.filter(
      (one) => one.tenant.name === tenant && one.tier !== null && one.tier < 3,
    );
    for (const one of owned) reachAll(scene, ref, one);
  }
}

/** Each opens the other: rotation has to break it somewhere. */
export function roleCycle(scene: Scene): void {
  const shape = 'role-cycle';
  const service = scene.serviceNamed('analytics-api');
  const admin = role(scene, shape, service, 'data-admin', 'may become the job runner');
  const jobs = role(scene, shape, service, 'data-jobs', 'may become the administrator');
  link(scene, admin, 'assumes', jobs);
  link(scene, jobs, 'assumes', admin);
  reachAll(scene, jobs, service);
  // Two keys, each in the store that the other opens.
  const refs = ['loader', 'exporter'].map((name) => {
    const ref = arn(service.tenant.account, `user/svc-data-${name}`);
    const accessKeyId = accessKey(scene.chance);
    member(scene, shape, service, {
      ref,
      kind: 'service-account',
      name: `svc-data-${name}`,
      target: `aws-${service.tenant.name}`,
      purpose: `${name} of the data lake`,
      credentials: [key('api-key', accessKeyId, { scopes: ['s3:GetObject', 's3:PutObject'] })],
    });
    use(scene, service, accessKeyId);
    const path = `secret/prod/analytics/${name}`;
    return { ref, kept: store(scene, service, `vault:path:${path}`, `vault ${path}`, accessKeyId) };
  });
  const [first, second] = refs;
  if (first === undefined || second === undefined) return;
  link(scene, first.ref, 'reads', second.kept);
  link(scene, second.ref, 'reads', first.kept);
}

/** What a provider works with: it runs the tenant and decides nothing. */
export function providerRun(scene: Scene): void {
  const shape = 'provider-run';
  const service = scene.serviceNamed('settlement-api');
  const ref = arn(service.tenant.account, 'user/orbis-operations');
  const accessKeyId = 'aws:access-key:AKIAEXAMPLEORBISOPER';
  member(scene, shape, service, {
    ref,
    kind: 'service-account',
    name: 'orbis-operations',
    target: `aws-${service.tenant.name}`,
    purpose: 'what Orbis operates the payments tenant with',
    exposure: 'partner',
    credentials: [
      key('api-key', accessKeyId, {
        ageDays: 400,
        scopes: ['ecs:*', 'ssm:StartSession', 'sts:AssumeRole'],
      }),
    ],
  });
  store(scene, service, 'orbis:vault:northlake/operations', 'the vault of Orbis', accessKeyId);
  use(scene, service, accessKeyId);
  const admin = role(scene, shape, service, 'settlement-operator', 'operates settlement');
  link(scene, ref, 'assumes', admin);
  for (const name of ['settlement-api', 'payouts-api', 'cards-api']) {
    reachAll(scene, admin, scene.serviceNamed(name));
  }
}

const SECRETS_OPERATOR = 'k8s:service-account:external-secrets/external-secrets';
const BACKUP_OPERATOR = 'k8s:service-account:backup/backup-operator';
/** What one operator of secrets is allowed to read. */
const READ_MAX = 60;

/** Hubs: whoever holds them holds much. */
export function operators(scene: Scene): void {
  const platform = scene.serviceNamed('platform-api');
  const target = 'k8s-northlake';
  member(scene, 'secrets-operator', platform, {
    ref: SECRETS_OPERATOR,
    kind: 'workload-identity',
    name: 'external-secrets',
    target,
    purpose: 'copies secrets from the vault into clusters',
    tags: ['administrator'],
  });
  member(scene, 'backup-operator', platform, {
    ref: BACKUP_OPERATOR,
    kind: 'workload-identity',
    name: 'backup-operator',
    target,
    purpose: 'copies databases',
  });
  const important = scene.estate.services.filter(({ tier }) => tier !== null && tier < 3);
  for (const service of important) reachAll(scene, BACKUP_OPERATOR, service);
  const [workload = ''] = scene.estate.workloadsOf(platform, 'prod');
  for (const to of [SECRETS_OPERATOR, BACKUP_OPERATOR]) {
    scene.book.edge({ from: workload, relation: 'runs-as', to, basis: 'observed', ageDays: 1 });
  }
}

/** Once everything has its place: the operator of secrets reads a part of the vault. */
export function openVault(scene: Scene): void {
  const kept = scene.book
    .refsOf('store')
    .filter((ref) => ref.startsWith('vault:path:secret/prod/'));
  for (const path of scene.chance.some(kept, READ_MAX))
    link(scene, SECRETS_OPERATOR, 'reads', path);
}
