import type { IdentityKind } from '../../inventory/index.ts';
import type { Chance } from './chance.ts';
import type { CredentialPlan, Environment, IdentityPlan, Service } from './model.ts';
import {
  accessKey,
  arn,
  certificateHash,
  guid,
  keyNumber,
  number,
  serialNumber,
  sshFingerprint,
  underscored,
} from './references.ts';

/** Where an identity is to live. */
export interface Slot {
  readonly service: Service;
  readonly environment: Environment;
  /** How many of the same name there are already. */
  readonly lap: number;
  readonly chance: Chance;
}

/** Who it is on its system; what holds for all of them is added later. */
export type Naming = Pick<IdentityPlan, 'ref' | 'moreRefs' | 'name' | 'target'>;

export interface Species {
  readonly kind: IdentityKind;
  readonly share: number;
  readonly scopes: readonly string[];
  readonly credential: CredentialPlan['kind'];
  /** Days from issue to its end, when its system sets one. */
  readonly lifeDays: number | null;
  /** The system gives out nothing that could be kept. */
  readonly keyless?: true;
  readonly purpose: string;
  readonly nameOf: (slot: Slot) => Naming;
  readonly keyOf: (naming: Naming, chance: Chance) => readonly string[];
}

const AWS_SCOPES =
  's3:GetObject s3:PutObject s3:ListBucket sqs:SendMessage sqs:ReceiveMessage kms:Decrypt dynamodb:GetItem dynamodb:PutItem secretsmanager:GetSecretValue sns:Publish'.split(
    ' ',
  );
const CLOUD_SCOPES =
  'storage.objects.get storage.objects.create pubsub.topics.publish bigquery.jobs.create bigquery.tables.getData cloudkms.decrypt'.split(
    ' ',
  );
const GRAPH_SCOPES =
  'Mail.Read Mail.Send Files.Read.All Sites.Read.All User.Read.All Calendars.Read Directory.Read.All offline_access'.split(
    ' ',
  );
const REPOSITORY_SCOPES =
  'contents:read contents:write packages:read packages:write actions:read deployments:write pull_requests:write metadata:read'.split(
    ' ',
  );
const DATABASE_SCOPES = 'connect select insert update delete create-temporary'.split(' ');
const AGENT_SCOPES =
  'tool:search tool:tickets.read tool:tickets.write tool:refunds.propose tool:mail.read tool:code.read tool:sql.read'.split(
    ' ',
  );

const suffix = ({ environment, lap }: Slot): string =>
  `${environment}${lap === 0 ? '' : `-${lap + 1}`}`;
const nth = (name: string, { environment, lap }: Slot): string =>
  `${name}${environment === 'prod' ? '' : `-${environment}`}${lap === 0 ? '' : `-${lap + 1}`}`;
const valueOf = ({ ref }: Naming): string => ref.split(':').slice(2).join(':');

const serviceAccounts: readonly Species[] = [
  {
    kind: 'service-account',
    share: 0.12,
    scopes: AWS_SCOPES,
    credential: 'api-key',
    lifeDays: null,
    purpose: 'calls the cloud',
    nameOf: (slot) => {
      const name = `svc-${slot.service.name}-${suffix(slot)}`;
      const { account, name: tenant } = slot.service.tenant;
      return { name, ref: arn(account, `user/${name}`), target: `aws-${tenant}` };
    },
    keyOf: (_naming, chance) => [accessKey(chance)],
  },
  {
    kind: 'service-account',
    share: 0.06,
    scopes: CLOUD_SCOPES,
    credential: 'signing-key',
    lifeDays: null,
    purpose: 'loads and reads data sets',
    nameOf: (slot) => {
      const name = `${slot.service.name}-${suffix(slot)}`;
      const project = `${slot.service.tenant.name}-data`;
      const email = `${name}@${project}.iam.gserviceaccount.com`;
      return { name, ref: `gcp:email:${email}`, target: `gcp-${slot.service.tenant.name}` };
    },
    keyOf: (_naming, chance) => [`gcp:key-id:${keyNumber(chance)}`],
  },
  {
    kind: 'service-account',
    share: 0.08,
    scopes: DATABASE_SCOPES,
    credential: 'password',
    lifeDays: null,
    purpose: 'reads and writes its database',
    nameOf: (slot) => {
      const { service, environment } = slot;
      const name = `app_${underscored(nth(service.name, slot))}`;
      const host = `db.${environment}.${service.tenant.zone}.northlake.example`;
      return {
        name,
        ref: `postgres:role:${name}@${host}`,
        target: `postgres-${service.tenant.name}`,
      };
    },
    keyOf: (naming) => [`postgres:password:${valueOf(naming)}`],
  },
  {
    kind: 'service-account',
    share: 0.04,
    scopes: [],
    credential: 'kerberos-key',
    lifeDays: null,
    purpose: 'runs scheduled jobs on servers',
    nameOf: (slot) => {
      const name = `svc_${underscored(nth(slot.service.name, slot))}`;
      return { name, ref: `ad:email:${name}@corp.northlake.example`, target: 'ad-northlake' };
    },
    keyOf: (naming) => [`ad:keytab:${naming.name}@CORP.NORTHLAKE.EXAMPLE`],
  },
];

const workloadIdentities: readonly Species[] = [
  {
    kind: 'workload-identity',
    share: 0.1,
    scopes: [],
    credential: 'certificate',
    lifeDays: 1,
    purpose: 'speaks for its workload in the mesh',
    nameOf: (slot) => {
      const { service, environment } = slot;
      const name = nth(service.name, slot);
      const path = `ns/${service.domain}-${environment}/sa/${name}`;
      const ref = `spiffe:spiffe-id:spiffe://${service.tenant.zone}.northlake.example/${path}`;
      return { name, ref, target: `mesh-${service.tenant.name}` };
    },
    keyOf: (_naming, chance) => [serialNumber(chance)],
  },
  {
    kind: 'workload-identity',
    share: 0.1,
    scopes: ['secrets:get', 'configmaps:get', 'pods:list', 'leases:update'],
    credential: 'access-token',
    lifeDays: 365,
    purpose: 'what its pods run as',
    nameOf: (slot) => {
      const { service, environment } = slot;
      const name = nth(service.name, slot);
      const ref = `k8s:service-account:${service.domain}-${environment}/${name}`;
      return { name, ref, target: `k8s-${service.tenant.name}` };
    },
    keyOf: (naming, chance) => [
      `k8s:token:${valueOf(naming)}-token-${chance.text('bcdfghjklmnpqrstvwxz2456789', 5)}`,
    ],
  },
  {
    kind: 'workload-identity',
    share: 0.08,
    scopes: AWS_SCOPES,
    credential: 'access-token',
    lifeDays: 1,
    keyless: true,
    purpose: 'a cloud role for what runs there',
    nameOf: (slot) => {
      const name = `${slot.service.name}-${suffix(slot)}`;
      const { account, name: tenant } = slot.service.tenant;
      return { name: `role/${name}`, ref: arn(account, `role/${name}`), target: `aws-${tenant}` };
    },
    keyOf: () => [],
  },
];

const applications: readonly Species[] = [
  {
    kind: 'oauth-app',
    share: 0.06,
    scopes: GRAPH_SCOPES,
    credential: 'client-secret',
    lifeDays: 730,
    purpose: 'reads office data for',
    nameOf: (slot) => {
      const name = `${nth(slot.service.name, slot)}-connector`;
      return { name, ref: `entra:client-id:${guid(slot.chance)}`, target: 'entra-northlake' };
    },
    keyOf: (_naming, chance) => [`entra:key-id:${guid(chance)}`],
  },
  {
    kind: 'oauth-app',
    share: 0.04,
    scopes: REPOSITORY_SCOPES,
    credential: 'signing-key',
    lifeDays: null,
    purpose: 'works on repositories of',
    nameOf: (slot) => {
      const name = `${nth(slot.service.name, slot)}-app`;
      const moreRefs = [`github:installation:${number(slot.chance, 8)}`];
      const ref = `github:app:${number(slot.chance, 7)}`;
      return { name, ref, moreRefs, target: 'github-northlake' };
    },
    keyOf: (_naming, chance) => [
      sshFingerprint(chance).replace('ssh:ssh-fingerprint', 'github:app-key'),
    ],
  },
  {
    kind: 'bot-user',
    share: 0.05,
    scopes: REPOSITORY_SCOPES,
    credential: 'access-token',
    lifeDays: null,
    purpose: 'releases and tags',
    nameOf: (slot) => {
      const name = `${nth(slot.service.name, slot)}-bot`;
      return { name, ref: `github:user:${name}`, target: 'github-northlake' };
    },
    keyOf: (_naming, chance) => [`github:token-id:${number(chance, 9)}`],
  },
  {
    kind: 'bot-user',
    share: 0.03,
    scopes: [],
    credential: 'ssh-key',
    lifeDays: null,
    purpose: 'deploys by ssh',
    nameOf: (slot) => {
      const name = `deploy-${nth(slot.service.name, slot)}`;
      return {
        name,
        ref: `ssh:account:${name}@bastion.northlake.example`,
        target: 'ssh-northlake',
      };
    },
    keyOf: (_naming, chance) => [sshFingerprint(chance)],
  },
];

const pipelines: readonly Species[] = [
  {
    kind: 'ci-identity',
    share: 0.07,
    scopes: [
      'contents:read',
      'packages:write',
      'deployments:write',
      'id-token:write',
      'secrets:read',
    ],
    credential: 'access-token',
    lifeDays: null,
    purpose: 'builds and deploys',
    nameOf: (slot) => {
      const name = `gha-${nth(slot.service.name, slot)}`;
      const lap = slot.lap === 0 ? '' : `-${slot.lap + 1}`;
      const subject = `repo:northlake/${slot.service.name}${lap}:environment:${slot.environment}`;
      return { name, ref: `github:subject:${subject}`, target: 'github-northlake' };
    },
    keyOf: (_naming, chance) => [`github:token-id:${number(chance, 9)}`],
  },
  {
    kind: 'ci-identity',
    share: 0.04,
    scopes: ['read_repository', 'read_registry', 'write_registry', 'read_api'],
    credential: 'access-token',
    lifeDays: 365,
    purpose: 'builds images',
    nameOf: (slot) => {
      const name = `build-${nth(slot.service.name, slot)}`;
      return { name, ref: `gitlab:deploy-token:${name}`, target: 'gitlab-northlake' };
    },
    keyOf: (_naming, chance) => [`gitlab:token-id:${number(chance, 8)}`],
  },
];

const rest: readonly Species[] = [
  {
    kind: 'certificate-subject',
    share: 0.09,
    scopes: [],
    credential: 'certificate',
    lifeDays: 397,
    purpose: 'serves and calls over TLS',
    nameOf: (slot) => {
      const { service } = slot;
      const name = `${nth(service.name, slot)}.${service.tenant.zone}.northlake.example`;
      return { name, ref: `x509:subject:CN=${name}`, target: `pki-${service.tenant.name}` };
    },
    keyOf: (_naming, chance) => [serialNumber(chance), certificateHash(chance)],
  },
  {
    kind: 'ai-agent',
    share: 0.04,
    scopes: AGENT_SCOPES,
    credential: 'access-token',
    lifeDays: 90,
    purpose: 'an assistant that acts for',
    nameOf: (slot) => {
      const name = `${nth(slot.service.name, slot)}-agent`;
      return { name, ref: `agents:agent:${name}`, target: `agents-${slot.service.tenant.name}` };
    },
    keyOf: (_naming, chance) => [`agents:token-id:${number(chance, 9)}`],
  },
];

// table: what an identity can be, and how many of all are so
export const SPECIES: readonly Species[] = [
  ...serviceAccounts,
  ...workloadIdentities,
  ...applications,
  ...pipelines,
  ...rest,
];
