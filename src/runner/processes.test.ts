import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LIMITS, realClock, systemRandom, type JsonObject } from '../kernel/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { POSTGRES_MISSING, startPostgres } from '../store/testing.ts';
import { runnerMigrations } from './migrations.ts';
import { createHttpHandler } from './handler.testing.ts';
import { startHttpJudge, type HttpJudge } from './http.testing.ts';
import { startNode, until } from './testing.ts';

const CALL_TIMEOUT_MS = 1_000;
const program = fileURLToPath(new URL('./node.testing.ts', import.meta.url));

interface NodeProcess {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly statistics: () => JsonObject;
}

function spawnNode(
  url: string,
  judge: HttpJudge,
  options: { name: string; steps: number; leaseMs: number; stopAt?: string },
): NodeProcess {
  const { name, steps, leaseMs, stopAt = '' } = options;
  const args = [program, url, judge.url, String(leaseMs), String(CALL_TIMEOUT_MS), name];
  const child = spawn(process.execPath, [...args, String(steps)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, FIREBREAK_STOP_AT: stopAt },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return {
    child,
    lines,
    statistics: () => JSON.parse(lines.findLast((line) => line.startsWith('{')) ?? '{}'),
  };
}

function hasEnded({ child }: NodeProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function openWithTables(): Promise<{ readonly store: Store; readonly url: string }> {
  const url = await (await startPostgres()).freshDatabase();
  const store = await openStore(url, {});
  onTestFinished(store.close);
  await store.migrate(runnerMigrations, { apply: true });
  return { store, url };
}

async function openCount(store: Store): Promise<number> {
  const sql = `select count(*) as open from step where state <> 'done'`;
  return Number((await store.query({ sql, params: [] }))[0]?.['open']);
}

const skip = POSTGRES_MISSING !== undefined && process.env['CI'] !== 'true';

describe.skipIf(skip)(`several processes on PostgreSQL ${POSTGRES_MISSING ?? ''}`, () => {
  test(
    'killed at every stop point and at a random instant, their steps go on elsewhere, each effect once',
    { timeout: 60_000 },
    async () => {
      const { store, url } = await openWithTables();
      const judge = await startHttpJudge(20);
      const stops = ['after-intent', 'before-effect:3', 'after-effect:4', 'before-outcome:2'];
      const nodes = [...stops, 'after-outcome:3', 'at-random'].map((stopAt, index) => ({
        stopAt,
        node: spawnNode(url, judge, {
          name: `n${index}`,
          steps: 12,
          leaseMs: LIMITS.nodeLeaseMs,
          ...(stopAt === 'at-random' ? {} : { stopAt }),
        }),
      }));
      const random = nodes.at(-1)?.node;
      await until(() => random?.lines.includes('planned') === true);
      const instantMs = systemRandom() * 40;
      await new Promise((resolve) => setTimeout(resolve, instantMs));
      random?.child.kill('SIGKILL');
      await until(() => nodes.every(({ node }) => hasEnded(node)));
      const killedMs = performance.now();
      expect(nodes.map(({ node }) => node.child.signalCode)).toEqual(nodes.map(() => 'SIGKILL'));
      expect(await openCount(store)).toBeGreaterThan(0);
      const survivor = await startNode(store, {
        clock: { ...realClock, advance: async () => undefined, jump: () => undefined },
        handlers: [createHttpHandler(judge.url, CALL_TIMEOUT_MS)],
      });
      await until(async () => (await openCount(store)) === 0);
      expect(performance.now() - killedMs).toBeLessThan(15_000);
      const keys = (await survivor.runner.list({})).map((step) => step.key);
      expect(keys.length).toBe(72);
      expect(Object.fromEntries(judge.effects), `killed at random after ${instantMs} ms`).toEqual(
        Object.fromEntries(keys.map((key) => [key, 1])),
      );
      expect(judge.readBacks()).toBeGreaterThan(0);
    },
  );

  test('a process that stood still cannot write when it goes on', { timeout: 60_000 }, async () => {
    const { store, url } = await openWithTables();
    const judge = await startHttpJudge(400);
    const settings = { leaseMs: 1_000 };
    const frozen = spawnNode(url, judge, { name: 'f', steps: 4, ...settings });
    await until(() => judge.effects.size === 4);
    frozen.child.kill('SIGSTOP');
    await startNode(store, {
      clock: { ...realClock, advance: async () => undefined, jump: () => undefined },
      handlers: [createHttpHandler(judge.url, CALL_TIMEOUT_MS)],
      settings,
    });
    await until(async () => (await openCount(store)) === 0);
    frozen.child.kill('SIGCONT');
    await until(() => Number(frozen.statistics()['fenced']) >= 4);
    expect(frozen.statistics()['done']).toBe(0);
    expect([...judge.effects.values()]).toEqual([1, 1, 1, 1]);
  });
});
