import { afterAll } from 'vitest';
import type pg from 'pg';
import { realClock, sleep } from '../../kernel/index.ts';
import { connectorConformance, type ConformanceEnvironment } from '../conformance.ts';
import { connectPostgres, type PostgresAccess } from './index.ts';
import { quoted } from './quoting.ts';
import {
  describeWithPostgres,
  layWire,
  type Wire,
  makeAccount,
  refusalFrom,
  startTarget,
  type PostgresTargetForTest,
} from './testing.ts';

const NAMES = [
  'canary',
  'Ca"nary',
  "can'ary; drop table x --",
  'ca\nnary',
  'cänäry ✓',
  'can\\ary$1',
];

let shared: Promise<PostgresTargetForTest> | undefined;
afterAll(async () => {
  await (await shared)?.server.stop();
});

async function environmentOf(
  choice: Pick<PostgresAccess, 'suspension' | 'rotation'>,
): Promise<ConformanceEnvironment> {
  shared ??= startTarget();
  const target = await shared;
  const wire = await layWire(target.port);
  const { account, url, controlUrl, secrets: own } = await makeAccount(target, wire.port);
  const secrets = [...own];
  const clients: pg.Client[] = [];
  let made = 0;
  const connector = await connectPostgres({ target: 'orders-db', url, controlUrl, ...choice });
  const roleOfSecret = new Map<string, string>();
  const enter = async (secret: string): Promise<pg.Client> => {
    const client = await target.login(roleOfSecret.get(secret) ?? '', secret);
    clients.push(client);
    return client;
  };
  return {
    connector,
    // One server: what is changed holds at once, and no clock has to be waited for.
    passTime: (ms) => sleep(realClock, Math.min(ms, 5)),
    works: async (secret) => {
      const tried = await refusalFrom(
        enter(secret).then(async (client) => {
          await client.query('select 1');
          await client.end();
        }),
      );
      return tried === null;
    },
    secrets: () => secrets,
    newSecret: ({ identity }) => `renewed-${account}-${Buffer.from(identity).toString('hex')}`,
    worksAs: async ({ identity }, secret) => {
      const tried = target.login(identity, secret).then((client) => client.end());
      return (await refusalFrom(tried)) === null;
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
      await connector.close?.();
      await wire.close();
    },
    newSubject: async () => {
      made += 1;
      const identity = `${NAMES[made % NAMES.length] ?? ''} ${account} ${made}`;
      const secret = `leaked-${account}-${made}-EXAMPLE`;
      await target.administer(`
        create role ${quoted(identity)} login createrole password '${secret}';
        create role ${quoted(`group ${identity}`)};
        grant ${quoted(`group ${identity}`)} to ${quoted(identity)} with admin option`);
      secrets.push(secret);
      roleOfSecret.set(secret, identity);
      // A role has one password: there is no other credential of it.
      return { subject: { identity, credential: `${identity}/password` }, secret, sibling: null };
    },
    openSession: async (secret) => {
      const client = await enter(secret);
      return async (action) => {
        if (action === 'read') return (await refusalFrom(client.query('select 1'))) === null;
        await client.query('begin');
        const refused = await refusalFrom(client.query('create role never_there'));
        await client.query('rollback');
        return refused === null;
      };
    },
    ...disturbances(target, wire, account),
  };
}

/** What can be done to a server behind the connector's back. */
function disturbances(
  target: PostgresTargetForTest,
  wire: Wire,
  account: string,
): Pick<
  ConformanceEnvironment,
  'tamper' | 'withdrawGrants' | 'loseNextReply' | 'outage' | 'effects'
> {
  return {
    tamper: async ({ identity }) => {
      await target.administer(`revoke ${quoted(`group ${identity}`)} from ${quoted(identity)}`);
    },
    withdrawGrants: async () => {
      await target.administer(`alter role ${quoted(account)} nocreaterole`);
    },
    loseNextReply: () => {
      wire.loseNextCommit();
      return Promise.resolve();
    },
    outage: () => {
      wire.setDown(true);
      return Promise.resolve();
    },
    effects: ({ identity }) => {
      const own = [...wire.sent].filter(([text]) => text.includes(quoted(identity)));
      return Promise.resolve(Math.max(0, ...own.map(([, times]) => times)));
    },
  };
}

describeWithPostgres('a role of PostgreSQL', () => {
  connectorConformance('postgres', () => environmentOf({}), {
    guarantees: ['G2', 'G4', 'G5'],
    offers: ['inventory', 'privileges', 'rotation'],
  });
  connectorConformance(
    'postgres, suspending by connection limit, renewing passwords',
    () => environmentOf({ suspension: 'connection-limit', rotation: 'password' }),
    { guarantees: ['G4'], offers: ['rotation'] },
  );
});
