import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';

const MAIN = new URL('main.ts', import.meta.url).pathname;

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, '--port', '0', ...args], { stdio: 'pipe' });
}

async function firstLine(child: ChildProcess): Promise<Record<string, unknown>> {
  if (child.stdout === null) throw new Error('standard output is a pipe');
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error('it ended without a line');
}

describe('the world as a process', () => {
  it('says where it is, answers, and ends with its parent', async () => {
    const child = start('--seed', '3', '--clock', 'pushed', '--die-with-parent');
    const ended = once(child, 'exit');
    const { event, url, adminToken } = await firstLine(child);
    expect(event).toBe('ready');
    const headers = { authorization: `Bearer ${String(adminToken)}` };
    const clock = await fetch(`${String(url)}/admin/clock`, { headers });
    expect(await clock.json()).toEqual({ now: '2026-12-01T03:00:00.000Z', pushed: true });
    child.stdin?.end();
    expect(await ended).toEqual([0, null]);
  });

  it('refuses what it does not understand, with the way to say it', async () => {
    const child = start('--clock', 'sundial');
    let said = '';
    child.stderr?.on('data', (part) => {
      said += String(part);
    });
    expect(await once(child, 'exit')).toEqual([2, null]);
    expect(said).toContain('--clock is real or pushed');
  });
});
