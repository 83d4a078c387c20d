import { expect, it } from 'vitest';
import { createIds, createPushableClock, createSeededRandom, LIMITS } from '../../kernel/index.ts';
import { appendCommands, ledgerMigrations } from '../../ledger/index.ts';
import { statement } from '../../store/index.ts';
import { describeOnBothStores, type OpenForTest } from '../../store/testing.ts';
import { createTokens, tokenMigrations } from './index.ts';

// The tests look at the shell from outside; return types are inferred from what they use.
async function open(openStore: OpenForTest) {
  const store = await openStore();
  await store.migrate([...ledgerMigrations, ...tokenMigrations], { apply: true });
  const clock = createPushableClock();
  const ids = createIds(clock.nowMs, createSeededRandom(7));
  const parts = {
    store,
    clock,
    ids,
    ledger: {
      append: (entries: Parameters<typeof appendCommands>[0], commands = []) =>
        store.write([...commands, ...appendCommands(entries)]),
    },
  } as Parameters<typeof createTokens>[0] & { clock: typeof clock }; // append is generic over commands
  return { ...parts, tokens: createTokens(parts) };
}

describeOnBothStores('tokens', (openStore) => {
  it('work until they are revoked, and only whole', async () => {
    const { tokens } = await open(openStore);
    expect(await tokens.isEmpty()).toBe(true);
    const { token, text } = await tokens.create({ name: 'ci', scopes: ['read'] }, 'test');
    expect(await tokens.verifyToken(text)).toMatchObject({ name: 'token:ci', scopes: ['read'] });
    expect(
      await tokens.verifyToken(`${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`),
    ).toBeNull();
    expect(await tokens.verifyToken(text.slice(0, -1))).toBeNull();
    await tokens.revoke(token.id, 'test');
    expect(await tokens.verifyToken(text)).toBeNull();
    expect(await tokens.isEmpty()).toBe(false);
  });

  it('end when their time is over, also when they are remembered', async () => {
    const { tokens, clock } = await open(openStore);
    const expiresAtMs = clock.nowMs() + 1_000;
    const { text } = await tokens.create({ name: 'ci', scopes: ['read'], expiresAtMs }, 'test');
    expect(await tokens.verifyToken(text)).not.toBeNull();
    expect(tokens.recall(text)).toMatchObject({ tokenName: 'ci' });
    clock.jump(1_000);
    expect(await tokens.verifyToken(text)).toBeNull();
    const tooLong = clock.nowMs() + LIMITS.tokenLifeMsMax + 1;
    await expect(
      tokens.create({ name: 'long', scopes: ['read'], expiresAtMs: tooLong }, 'test'),
    ).rejects.toMatchObject({ code: 'request-invalid' });
  });

  it('are kept as a hash, and their secret stands nowhere', async () => {
    const { tokens, store } = await open(openStore);
    const { text } = await tokens.create({ name: 'ci', scopes: ['read'] }, 'test');
    const secret = text.slice(-43);
    const rows = await store.query(statement('select * from api_token'));
    const entries = await store.query(statement('select canonical from ledger_entry'));
    expect(entries).toHaveLength(1);
    expect(JSON.stringify([rows, entries])).not.toContain(secret);
  });

  it('have names of their own while they are in use', async () => {
    const { tokens } = await open(openStore);
    const order = { name: 'ci', scopes: ['read'] } as const;
    const results = await Promise.allSettled([
      tokens.create(order, 'a'),
      tokens.create(order, 'b'),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(tokens.create(order, 'c')).rejects.toMatchObject({ code: 'token-name-taken' });
    const [first] = await tokens.list();
    await tokens.revoke(first?.id ?? '', 'test');
    await expect(tokens.create(order, 'd')).resolves.toMatchObject({ token: { name: 'ci' } });
  });
});
