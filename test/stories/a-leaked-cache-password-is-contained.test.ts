import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connector } from '../../src/connectors/contract.ts';
import { connectRedis } from '../../src/connectors/redis/index.ts';
import {
  createAccounts,
  launchRedis,
  loginCode,
  loginOf,
  openSession,
  REDIS_MISSING,
  type OpenSession,
  type RedisForTest,
} from '../../src/connectors/redis/redis.testing.ts';
import { present, realClock } from '../../src/kernel/index.ts';
import { cleanUp, createSqliteForTest } from '../../src/store/testing.ts';
import type { Leak } from '../../src/world/index.ts';
import { tell, type Story } from './harness/story.ts';

const TARGET = 'sessions-cache';
const LEAKED = 'leaked-password-of-carts-EXAMPLE';
const WORKLOAD = 'password-of-the-workload-EXAMPLE';
const SECOND = 'password-of-the-attacker-EXAMPLE';
const CALL = { idempotencyKey: 'of-a-story', timeoutMs: 10_000 };

interface Setting {
  readonly connector: Connector;
  readonly leak: Leak;
  readonly story: Story;
}

let redis: RedisForTest;

/** The leaked password first, alone: then there is no doubt how the connector calls it. */
async function setUp(): Promise<Setting> {
  const rights = ['~*', '&*', '+@all'];
  await redis.administer('ACL', 'SETUSER', 'carts', 'reset', 'on', `>${LEAKED}`, ...rights);
  await redis.administer('ACL', 'SETUSER', 'other', 'reset', 'on', `>${WORKLOAD}`, ...rights);
  let nowMs = realClock.nowMs;
  const clock = { ...realClock, nowMs: () => nowMs() };
  const access = { target: TARGET, ...(await createAccounts(redis)) };
  const connector = await connectRedis(access, clock);
  const beside = new Map([[TARGET, connector]]);
  const choice = { targets: ['ci'], charter: { revokes: false }, beside };
  const story = await tell(() => createSqliteForTest(), choice);
  nowMs = story.clock.nowMs;
  const { credentials } = await connector.discover({ identity: 'carts' }, CALL);
  const { credential } = present(credentials[0], 'it has one password');
  await redis.administer('ACL', 'SETUSER', 'carts', `>${WORKLOAD}`);
  await redis.administer('ACL', 'SAVE');
  const sync = present(connector.inventory, 'it brings an inventory');
  const report = await story.engine.inventory.importRecords(sync(CALL), { source: TARGET });
  expect(report.rejectedCount).toBe(0);
  const refs = [{ system: TARGET, type: 'credential', value: credential }];
  const leak = { target: TARGET, identity: 'carts', credential, secret: LEAKED, refs };
  return { connector, leak, story };
}

async function open(user: string, password: string): Promise<OpenSession> {
  const session = await openSession(redis.endpoint, loginOf(user, password));
  cleanUp(async () => session.end());
  return session;
}

// One store is enough: what the stories show on both is the engine; this one is about a real server.
describe.skipIf(REDIS_MISSING !== undefined)(
  `a leaked password of a real Redis user ${REDIS_MISSING ?? ''}`,
  () => {
    beforeAll(async () => {
      redis = await launchRedis();
    });
    afterAll(() => redis.stop());

    it('is cut alone, proven dead, stays so over a restart, and the workload goes on', async () => {
      const { leak, story } = await setUp();
      const [attacker, bystander] = [await open('carts', LEAKED), await open('other', WORKLOAD)];
      await story.report(leak);
      const incident = await story.untilContained();
      expect(incident.standing.sentence).toBe('contained');
      const proven = incident.cuts.filter((cut) => cut.status === 'proven');
      expect(proven.map((cut) => cut.guarantee)).toEqual(['G2', 'G4']);
      expect(await attacker.ask('GET', 'cart')).toMatchObject({ code: 'DEAD' });
      expect(await loginCode(redis, 'carts', LEAKED)).toBe('WRONGPASS');
      expect(await loginCode(redis, 'carts', WORKLOAD)).toBe('let in');
      expect(await bystander.ask('GET', 'cart')).toBeNull();

      await redis.kill();
      await redis.start();
      await story.pass('3 min');
      expect((await story.incident()).standing.sentence).toBe('contained');
      expect(await loginCode(redis, 'carts', LEAKED)).toBe('WRONGPASS');

      await story.person('jonas').restores(`${TARGET}:identity:carts`, 'resolved');
      await story.untilClosed();
      expect(await loginCode(redis, 'carts', LEAKED)).toBe('WRONGPASS');
      expect(await loginCode(redis, 'carts', WORKLOAD)).toBe('let in');
      const workload = await open('carts', WORKLOAD);
      expect(await workload.ask('ACL', 'SETUSER', 'no such user')).toMatchObject({ code: 'ERR' });
      const entries = JSON.stringify(await story.entries());
      expect(entries).not.toContain('EXAMPLE');
      for (const secret of [LEAKED, WORKLOAD])
        expect(entries).not.toContain(hash('sha256', secret));
    });

    it('is followed by the one that the attacker made, which nobody can prove dead', async () => {
      const { leak, story } = await setUp();
      const attacker = await open('carts', LEAKED);
      expect(await attacker.ask('ACL', 'SETUSER', 'carts', `>${SECOND}`)).toBe('OK');
      await story.report(leak);
      const { decisions } = await story.until((incident) => incident.decisions.length > 0);
      const asked = present(decisions[0], 'somebody is asked about what was minted in the gap');
      await story.person('mia').approves(asked);
      const { standing } = await story.until(({ cuts }) =>
        cuts.some(({ guarantee, status }) => guarantee === 'G4' && status === 'unproven'),
      );
      expect(await loginCode(redis, 'carts', SECOND)).toBe('WRONGPASS');
      expect(await loginCode(redis, 'carts', WORKLOAD)).toBe('let in');
      expect(standing.sentence).toContain('not contained');
    });

    it('is blocked with the statement to run while a right is missing, and goes on when it is given', async () => {
      const { connector, leak, story } = await setUp();
      const { actsAs } = connector.describe();
      await redis.administer('ACL', 'SETUSER', actsAs, '-acl|setuser');
      await story.report(leak);
      const { cuts, standing } = await story.until((incident) =>
        incident.cuts.some(({ status }) => status === 'blocked'),
      );
      const blocked = cuts.find(({ status }) => status === 'blocked');
      expect(blocked?.reason).toContain(`ACL SETUSER ${actsAs} +acl|setuser`);
      expect(standing.contained).toBe(false);
      await redis.administer('ACL', 'SETUSER', actsAs, '+acl|setuser');
      await story.release(await story.engine.runner.list({ state: 'blocked' }));
      await story.until(() => true, '1 min');
      await story.pass('1 min');
      expect(await loginCode(redis, 'carts', LEAKED)).toBe('WRONGPASS');
    });
  },
);
