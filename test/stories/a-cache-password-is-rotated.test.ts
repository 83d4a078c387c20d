import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/app/index.ts';
import { connectRedis } from '../../src/connectors/redis/index.ts';
import {
  createAccounts,
  launchRedis,
  loginCode,
  loginOf,
  openSession,
  REDIS_MISSING,
  type RedisForTest,
} from '../../src/connectors/redis/redis.testing.ts';
import { createEnvFileStore } from '../../src/handover/index.ts';
import { realClock } from '../../src/kernel/index.ts';
import { createDirectoryForTest } from '../../src/store/testing.ts';
import {
  type LiveConsumer,
  type LiveSession,
  type LiveStory,
  type Login,
  renewedIn,
  startConsumer,
  syncUntilSeen,
  tellLive,
  twinIn,
  untilLive,
} from './harness/live.ts';
import { MIA } from './harness/rotating.ts';

const TARGET = 'cart-cache';
const USER = 'carts';
const OLD = 'first-password-of-carts-EXAMPLE';
const CONSUMERS = ['api', 'worker'] as const;

let redis: RedisForTest;

async function open({ account, password }: Login, name: string): Promise<LiveSession> {
  const session = await openSession(redis.endpoint, loginOf(account, password, name));
  return {
    use: async () => {
      const reply = await session.ask('INCR', 'cart:1');
      if (typeof reply !== 'number') throw new Error(JSON.stringify(reply));
    },
    end: () => {
      session.end();
      return Promise.resolve();
    },
  };
}

interface Setting {
  readonly engine: Engine;
  readonly consumers: readonly LiveConsumer[];
  readonly passwordOf: (name: string) => string;
}

async function setUp(rotation: 'twin' | 'password', silent?: string): Promise<Setting> {
  await redis.administer('ACL', 'SETUSER', USER, 'reset', 'on', `>${OLD}`, '~cart:*', '+incr');
  const directory = createDirectoryForTest();
  const fileOf = (name: string): string => join(directory, `${name}.env`);
  const access = { target: TARGET, ...(await createAccounts(redis)), rotation };
  const connector = await connectRedis(access, realClock);
  const story: LiveStory = {
    target: TARGET,
    connector,
    handovers: {
      stores: new Map(CONSUMERS.map((name) => [name, createEnvFileStore(fileOf(name))])),
      bindings: CONSUMERS.map((name) => ({
        consumer: `${name} at 127.0.0.1`,
        target: TARGET,
        place: { store: name, key: 'REDIS_PASSWORD', accountKey: 'REDIS_USER' },
        seenAs: name,
      })),
    },
    rotationSettings: {
      acknowledgeMs: rotation === 'twin' && silent === undefined ? 20_000 : 3_000,
      quietMs: 1_200,
      observeMs: 50,
    },
  };
  const engine = await tellLive(story);
  const readerOf = (name: string) => (): Login => {
    const text = readFileSync(fileOf(name), 'utf8');
    const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'mu').exec(text)?.[1] ?? '';
    return { account: value('REDIS_USER'), password: value('REDIS_PASSWORD') };
  };
  const consumers = CONSUMERS.map((name) => {
    writeFileSync(fileOf(name), `REDIS_USER=${USER}\nREDIS_PASSWORD=${OLD}\n`);
    const read = readerOf(name);
    const remembered = read();
    return startConsumer(name === silent ? () => remembered : read, (login) => open(login, name));
  });
  await Promise.all(consumers.map((one) => one.until(1)));
  await syncUntilSeen(engine, story);
  return { engine, consumers, passwordOf: (name) => readerOf(name)().password };
}

async function rotate(engine: Engine): Promise<string> {
  const ref = `${TARGET}:identity:${USER}`;
  const request = { ref, emergency: false, dryRun: false, reason: 'yearly' };
  const answer = await engine.response.rotate(request, MIA);
  expect(answer).toMatchObject({ outcome: 'started', plan: { withoutStore: [], byHand: [] } });
  return answer.rotation?.id ?? '';
}

// One store is enough: what the stories show on both is the engine; this one is about a real server.
describe.skipIf(REDIS_MISSING !== undefined)(
  `the password of a real Redis user ${REDIS_MISSING ?? ''}`,
  () => {
    beforeAll(async () => {
      redis = await launchRedis();
    });
    afterAll(() => redis.stop());

    it('is rotated by a twin under the hands of its consumers, and none of them is refused', async () => {
      const { engine, consumers } = await setUp('twin');
      const id = await rotate(engine);
      const done = await untilLive(engine, id, ({ status }) => status !== 'running');
      expect(done.sentence).toContain('done');
      const step = renewedIn(done);
      const twin = twinIn(step);
      expect(step.status).toBe('retired');
      expect(step.consumers.map(({ state }) => state)).toEqual(['acknowledged', 'acknowledged']);
      expect(await loginCode(redis, USER, OLD)).toBe('WRONGPASS');
      await Promise.all(consumers.map((one) => one.until(20)));
      for (const one of consumers) {
        expect([...one.logins.keys()]).toEqual([USER, twin]);
        expect(one.refusals).toEqual([]);
      }
      // Also after the server has read its users again.
      await redis.administer('ACL', 'LOAD');
      expect(await loginCode(redis, USER, OLD)).toBe('WRONGPASS');
    });

    it('stays good while one consumer does not move, and people are asked', async () => {
      const { engine, consumers } = await setUp('twin', 'worker');
      const id = await rotate(engine);
      const stopped = await untilLive(engine, id, ({ status }) => status !== 'running');
      expect(stopped.question).toMatchObject({ kind: 'missing-acknowledgement' });
      expect(stopped.question?.text).toContain('worker at 127.0.0.1');
      expect(await loginCode(redis, USER, OLD)).not.toBe('WRONGPASS');
      expect(consumers.flatMap((one) => one.refusals)).toEqual([]);
    });

    it('of two passwords of one user nobody sees which is used: both stay, and people are asked', async () => {
      const { engine, consumers, passwordOf } = await setUp('password');
      const id = await rotate(engine);
      const stopped = await untilLive(engine, id, ({ status }) => status !== 'running');
      expect(stopped.question).toMatchObject({ kind: 'missing-acknowledgement' });
      expect(stopped.question?.text).toContain('does not say which password');
      expect(await loginCode(redis, USER, OLD)).not.toBe('WRONGPASS');
      expect(await loginCode(redis, USER, passwordOf('api'))).not.toBe('WRONGPASS');
      expect(consumers.flatMap((one) => one.refusals)).toEqual([]);
    });
  },
);
