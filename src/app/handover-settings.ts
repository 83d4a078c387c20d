import { resolve } from 'node:path';
import { Type, type Static } from 'typebox';
import { createEnvFileStore, createPgpassStore, type HandoverStore } from '../handover/index.ts';
import { FirebreakError } from '../kernel/index.ts';
import type { Handovers } from '../response/index.ts';

const closed = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 200 });

/** `handover` in firebreak.yaml: what rotations may write to, and who reads it. */
export const HandoverSchema = Type.Object(
  {
    stores: Type.Array(
      Type.Object(
        {
          name: Name,
          kind: Type.Enum(['env-file', 'pgpass'], {
            description: '`NAME=value` lines, or the password file of PostgreSQL clients',
          }),
          path: Type.String({ minLength: 1, description: 'The file, relative to this one' }),
        },
        closed,
      ),
      { maxItems: 10_000, description: 'Files that consumers read their credentials from' },
    ),
    consumers: Type.Array(
      Type.Object(
        {
          consumer: Type.String({
            minLength: 1,
            maxLength: 500,
            description: 'Name or id of the workload in the inventory',
          }),
          target: Type.String({ minLength: 1, description: 'Which target it logs in to' }),
          store: Type.String({ minLength: 1, description: 'The store it reads' }),
          key: Type.String({
            minLength: 1,
            description: 'Name of the variable, or host:port:database:user in a .pgpass',
          }),
          accountKey: Type.Optional(
            Type.String({
              minLength: 1,
              description:
                'The variable that holds the account, where a new credential may have another',
            }),
          ),
          seenAs: Type.Optional(
            Type.String({
              minLength: 1,
              description:
                'How the target names it (application_name, client id); its name unless told',
            }),
          ),
        },
        closed,
      ),
      {
        maxItems: 100_000,
        description: 'Who reads what. A consumer without an entry is asked about',
      },
    ),
  },
  closed,
);

function refuse(problem: string): never {
  throw new FirebreakError('configuration-invalid', { problem });
}

const KINDS: Readonly<Record<'env-file' | 'pgpass', (path: string) => HandoverStore>> = {
  'env-file': createEnvFileStore,
  pgpass: createPgpassStore,
};

export function handoversFrom(
  values: Static<typeof HandoverSchema> | undefined,
  directory: string,
): Handovers {
  const stores = new Map<string, HandoverStore>();
  for (const { name, kind, path } of values?.stores ?? []) {
    if (stores.has(name)) refuse(`handover.stores: ${name} is named twice`);
    stores.set(name, KINDS[kind](resolve(directory, path)));
  }
  const bindings = (values?.consumers ?? []).map((one) => {
    const { consumer, target, store, key, accountKey, seenAs } = one;
    if (!stores.has(store)) refuse(`handover.consumers: there is no store ${store}`);
    const place = { store, key, ...(accountKey === undefined ? {} : { accountKey }) };
    return { consumer, target, place, ...(seenAs === undefined ? {} : { seenAs }) };
  });
  return { stores, bindings };
}
