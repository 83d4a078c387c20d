import { hash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { createPushableClock, Secret } from '../../kernel/index.ts';
import {
  connectorConformance,
  type ConformanceEnvironment,
  type SessionTry,
} from '../conformance.ts';
import { LoginRefused, type Login } from './client.ts';
import { connectRedis } from './index.ts';
import {
  launchRedis,
  loginOf,
  openSession,
  openWire,
  REDIS_MISSING,
  runAs,
  type RedisForTest,
} from './redis.testing.ts';
import { ErrorReply } from './resp.ts';
import { NEEDED_RIGHTS } from './rights.ts';
import { credentialRef } from './users.ts';

let redis: RedisForTest;

const TARGET = 'cache';
const RIGHTS = [...NEEDED_RIGHTS, 'acl|save'];
const fresh = (word: string): string => `${word}-${randomUUID().slice(0, 8)}`;

/** The user is part of the secret, so that it alone is enough to log in. */
function loginFrom(secret: string): Login {
  const [user = ''] = secret.split('/');
  return loginOf(user, secret);
}

async function works(secret: string, login = loginFrom(secret)): Promise<boolean> {
  try {
    const reply = await runAs(redis.endpoint, login, ['GET', 'any']);
    return !(reply instanceof ErrorReply);
  } catch (error) {
    if (error instanceof LoginRefused) return false;
    throw error;
  }
}

async function trySession(secret: string): Promise<SessionTry> {
  const session = await openSession(redis.endpoint, loginFrom(secret));
  return async (action) => {
    const reply = await (action === 'read'
      ? session.ask('GET', 'any')
      : session.ask('ACL', 'SETUSER', 'no such user'));
    return !(reply instanceof ErrorReply) || reply.code === 'ERR';
  };
}

async function environment(
  rotation: 'twin' | 'password' = 'password',
): Promise<ConformanceEnvironment> {
  const [account, control] = [fresh('firebreak'), fresh('control')];
  const secrets = [fresh('fake-account-password'), fresh('fake-control-password')];
  const [own = '', other = ''] = secrets;
  const words = RIGHTS.map((right) => `+${right}`);
  await redis.administer('ACL', 'SETUSER', account, 'on', `>${own}`, ...words);
  await redis.administer('ACL', 'SETUSER', control, 'on', `>${other}`, '+ping');
  const wire = await openWire(redis.endpoint);
  const clock = createPushableClock();
  const url = (user: string, password: string): Secret =>
    new Secret(`redis://${user}:${password}@127.0.0.1:${wire.port}`);
  const urls = { url: url(account, own), controlUrl: url(control, other) };
  const access = { target: TARGET, ...urls, rotation };
  const made: string[] = [account, control];
  return {
    connector: await connectRedis(access, clock),
    // Nothing at Redis depends on time.
    passTime: clock.advance,
    secrets: () => [...secrets, ...secrets.map((secret) => hash('sha256', secret))],
    works,
    newSecret: ({ identity }) => `${identity}/${fresh('fake-renewed-password')}`,
    worksAs: ({ identity }, secret) => works(secret, loginOf(identity, secret)),
    newSubject: async () => {
      const identity = fresh('canary');
      const [leaked, sibling] = [`${identity}/${fresh('a')}`, `${identity}/${fresh('b')}`];
      await redis.administer(
        'ACL',
        'SETUSER',
        identity,
        'on',
        '~*',
        '&*',
        '+@all',
        `>${leaked}`,
        `>${sibling}`,
      );
      secrets.push(leaked, sibling);
      made.push(identity);
      const credential = credentialRef(TARGET, identity, hash('sha256', leaked));
      return { subject: { identity, credential }, secret: leaked, sibling };
    },
    openSession: trySession,
    tamper: async ({ identity }) => {
      await redis.administer('ACL', 'SETUSER', identity, '-@read', '+acl|setuser');
    },
    withdrawGrants: async () => {
      await redis.administer('ACL', 'SETUSER', account, '-acl|setuser');
    },
    loseNextReply: async () => {
      wire.loseNextReply();
    },
    outage: async () => {
      wire.cut();
    },
    effects: async ({ identity }) => wire.passed('SETUSER', identity),
    close: async () => {
      await wire.close();
      await redis.administer('ACL', 'DELUSER', ...made);
    },
  };
}

describe.skipIf(REDIS_MISSING !== undefined)(`Redis ${REDIS_MISSING ?? ''}`, () => {
  beforeAll(async () => {
    redis = await launchRedis();
  });
  afterAll(async () => {
    await redis.stop();
  });
  connectorConformance('redis', () => environment(), {
    guarantees: ['G2', 'G4', 'G5'],
    offers: ['inventory', 'privileges', 'rotation'],
  });
  connectorConformance('redis with twins', () => environment('twin'), {
    guarantees: ['G4'],
    offers: ['rotation'],
  });
});
