import { Type, type Static } from 'typebox';
import type { PostgresAccess } from '../connectors/postgres/index.ts';
import type { RedisAccess } from '../connectors/redis/index.ts';
import type { WorldAccess } from '../connectors/world/index.ts';
import { FirebreakError, type Secret } from '../kernel/index.ts';
import { closed, reference } from './configuration-forms.ts';

/** One entry of `connectors` in firebreak.yaml. Which keys belong to a kind is checked when they are read. */
export const ConnectorSchema = Type.Object(
  {
    target: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Name of the target, as the inventory calls it',
    }),
    kind: Type.Enum(['world', 'postgres', 'redis'], { description: 'Which connector serves it' }),
    url: Type.Optional(
      Type.String({ pattern: '^https?://', description: '`world`: where the target is' }),
    ),
    token: Type.Optional(reference('`world`: what Firebreak acts with on the target')),
    controlSecret: Type.Optional(
      reference(
        '`world`: secret of an identity that no cut touches, the positive control of each probe',
      ),
    ),
    account: Type.Optional(
      reference('`postgres`, `redis`: URL with name and password that Firebreak acts with'),
    ),
    control: Type.Optional(
      reference(
        '`postgres`, `redis`: the same of somebody whom no cut touches, the positive control of each probe',
      ),
    ),
    inside: Type.Optional(
      Type.String({
        pattern: '^[^/@\\s]{1,253}:[0-9]{1,5}$',
        description:
          '`postgres`, `redis`: HOST:PORT by which workloads reach the same server; each cut is tried from there too, and not proven while that cannot be done',
      }),
    ),
    suspension: Type.Optional(
      Type.Enum(['nologin', 'connection-limit'], {
        description: '`postgres`: how a role is kept from logging in. `nologin` by default',
      }),
    ),
    rotation: Type.Optional(
      Type.Enum(['twin', 'password'], {
        description:
          '`postgres`: a second role takes the place of the first (`twin`, the default), or its password changes, which is a break. `redis`: a second password of the same user (`password`, the default; nobody sees who has taken it), or a second user (`twin`)',
      }),
    ),
    reduceGroups: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
        maxItems: 1_000,
        description:
          '`postgres`: groups that a role loses when it is reduced, beside those that lead to power',
      }),
    ),
    persistence: Type.Optional(
      Type.Enum(['aclfile', 'config'], {
        description:
          '`redis`: where the server keeps its users over a restart, in an ACL file (the default) or in its configuration file',
      }),
    ),
    alsoRestrict: Type.Optional(
      Type.Array(Type.String({ pattern: '^@?[a-z][a-z0-9_.|-]{0,63}$' }), {
        maxItems: 100,
        description:
          '`redis`: categories such as `@write` and commands that a user loses when it is reduced, beside `@admin` and `@dangerous`',
      }),
    ),
    allowExcessPrivilege: Type.Optional(
      Type.Boolean({
        description:
          'Start although the account may do more than the connector needs; `firebreak connector check` says what. False by default',
      }),
    ),
  },
  closed,
);
export type ConnectorValues = Static<typeof ConnectorSchema>;

export type ConnectorSetting =
  | ({ readonly kind: 'world' } & Common & WorldAccess)
  | ({ readonly kind: 'postgres' } & Common & PostgresAccess)
  | ({ readonly kind: 'redis' } & Common & RedisAccess);

interface Common {
  readonly target: string;
  readonly allowExcessPrivilege: boolean;
}

// table: what each kind needs, and what it may have
const KEYS = {
  world: { needs: ['url', 'token', 'controlSecret'], may: [] },
  postgres: {
    needs: ['account', 'control'],
    may: ['inside', 'suspension', 'rotation', 'reduceGroups'],
  },
  redis: {
    needs: ['account', 'control'],
    may: ['inside', 'persistence', 'alsoRestrict', 'rotation'],
  },
} as const;
const ALL = new Set<string>(['target', 'kind', 'allowExcessPrivilege']);

function refuse(problem: string): never {
  throw new FirebreakError('configuration-invalid', { problem });
}

function checkKeys(values: ConnectorValues): void {
  const { kind, target } = values;
  const { needs, may }: { needs: readonly string[]; may: readonly string[] } = KEYS[kind];
  for (const key of needs) {
    if (!(key in values)) refuse(`connectors: ${target} is a ${kind} and needs ${key}`);
  }
  for (const key of Object.keys(values)) {
    if (ALL.has(key) || needs.includes(key) || may.includes(key)) continue;
    refuse(`connectors: ${target} is a ${kind}, for which there is no key ${key}`);
  }
}

/** References are resolved here, so that a missing secret is told at the start. */
export function connectorSetting(
  values: ConnectorValues,
  read: (reference: string) => Secret,
): ConnectorSetting {
  checkKeys(values);
  const { target, allowExcessPrivilege = false } = values;
  const common = { target, allowExcessPrivilege };
  // The keys of a kind were checked to be there.
  const { url = '', token = '', controlSecret = '', account = '', control = '' } = values;
  if (values.kind === 'world') {
    const secrets = { token: read(token), controlSecret: read(controlSecret) };
    return { kind: 'world', ...common, url, ...secrets };
  }
  const { inside } = values;
  const urls = {
    url: read(account),
    controlUrl: read(control),
    ...(inside === undefined ? {} : { inside }),
  };
  if (values.kind === 'redis') {
    const { persistence, alsoRestrict, rotation } = values;
    return {
      kind: 'redis',
      ...common,
      ...urls,
      ...(persistence === undefined ? {} : { persistence }),
      ...(alsoRestrict === undefined ? {} : { alsoRestrict }),
      ...(rotation === undefined ? {} : { rotation }),
    };
  }
  const { suspension, rotation, reduceGroups } = values;
  return {
    kind: 'postgres',
    ...common,
    ...urls,
    ...(suspension === undefined ? {} : { suspension }),
    ...(rotation === undefined ? {} : { rotation }),
    ...(reduceGroups === undefined ? {} : { reduceGroups }),
  };
}
