import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { present, realClock } from '../../kernel/index.ts';
import type { Connector, Rotation } from '../contract.ts';
import { connectRedis } from './index.ts';
import {
  createAccounts,
  launchRedis,
  loginCode,
  loginOf,
  openSession,
  REDIS_MISSING,
  type RedisForTest,
} from './redis.testing.ts';

const TARGET = 'cache';
const OLD = 'fake-password-of-before-1';
const NEW = 'fake-password-of-after-22';
const NEXT = 'fake-password-of-later-33';
const CALL = { idempotencyKey: 'of-a-test', timeoutMs: 10_000 };
const LONG_AGO = new Date(0).toISOString();

let redis: RedisForTest;

async function connected(
  rotation: 'twin' | 'password',
): Promise<{ readonly connector: Connector; readonly rotation: Rotation }> {
  const accounts = await createAccounts(redis);
  const connector = await connectRedis({ target: TARGET, ...accounts, rotation }, realClock);
  return { connector, rotation: present(connector.rotation, 'it rotates') };
}

describe.skipIf(REDIS_MISSING !== undefined)(`a twin on Redis ${REDIS_MISSING ?? ''}`, () => {
  beforeAll(async () => {
    redis = await launchRedis();
  });
  afterAll(() => redis.stop());

  it('may do what the first may, and its own twin is named after the first', async () => {
    const rights = ['~cart:*', '&news', '+@read', '+set', '(~other:* +get)'];
    await redis.administer('ACL', 'SETUSER', 'carts', 'reset', 'on', `>${OLD}`, ...rights);
    const { rotation, connector } = await connected('twin');
    const minting = { target: TARGET, subject: { identity: 'carts' }, label: 'r1', secret: NEW };
    const first = await rotation.mint(minting, CALL);
    expect(first).toMatchObject({ state: 'done', subject: { identity: 'carts-r1' } });
    const rules = async (user: string): Promise<string> => {
      const reply = await redis.administer('ACL', 'GETUSER', user);
      return JSON.stringify(reply).replaceAll(/[0-9a-f]{64}/gu, '');
    };
    expect(await rules('carts-r1')).toBe(await rules('carts'));
    // What Firebreak minted is no respawn.
    const { credentials } = await connector.discover({ identity: 'carts-r1' }, CALL);
    expect(credentials[0]?.mintedBy).toBe(connector.describe().actsAs);
    const again = { ...minting, subject: first.subject, label: 'r2', secret: NEXT };
    const second = await rotation.mint(again, CALL);
    expect(second.subject.identity).toBe('carts-r2');
    const stolen = rotation.mint({ ...again, secret: `${NEXT}-other` }, CALL);
    await expect(stolen).rejects.toMatchObject({ kind: 'refused' });
    const order = { target: TARGET, subject: first.subject, replacement: second.subject };
    expect((await rotation.retire(order, CALL)).state).toBe('done');
    expect(await loginCode(redis, 'carts-r1', NEW)).toBe('WRONGPASS');
    expect(await loginCode(redis, 'carts-r2', NEXT)).not.toBe('WRONGPASS');
    // Nothing is left to take the place of what would be retired now.
    const back = { target: TARGET, subject: second.subject, replacement: first.subject };
    await expect(rotation.retire(back, CALL)).rejects.toMatchObject({ kind: 'refused' });
  });

  it('is seen in use by name; of two passwords of one user nobody can say', async () => {
    await redis.administer('ACL', 'SETUSER', 'wares', 'reset', 'on', `>${OLD}`, '~*', '+@all');
    const { rotation } = await connected('twin');
    const subject = { identity: 'wares' };
    const { subject: twin } = await rotation.mint(
      { target: TARGET, subject, label: 'r1', secret: NEW },
      CALL,
    );
    const session = await openSession(redis.endpoint, loginOf('wares-r1', NEW, 'shop'));
    const uses = present(rotation.uses, 'it sees who uses what');
    const query = { target: TARGET, subjects: [subject, twin], since: LONG_AGO };
    expect(await uses(query, CALL)).toMatchObject([
      { subject: { identity: 'wares-r1' }, consumer: 'shop' },
    ]);
    expect(await uses({ ...query, since: '2999-01-01T00:00:00Z' }, CALL)).toEqual([]);
    session.end();
    const { rotation: passwords } = await connected('password');
    expect(passwords.unseen).toContain('does not say');
    expect(rotation.unseen).toBeUndefined();
  });
});
