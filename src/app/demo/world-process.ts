import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FirebreakError, type JsonObject, reveal, Secret } from '../../kernel/index.ts';
import { callJson, type Send } from './http.ts';

const WORLD_MAIN = fileURLToPath(new URL('../../world/main.ts', import.meta.url));

/** The simulated organisation as its own process; it ends when this one does. */
export interface WorldProcess {
  readonly url: string;
  readonly adminToken: Secret;
  readonly admin: Send;
  readonly targets: () => Promise<readonly WorldTargetAccess[]>;
  readonly inventory: () => Promise<string>;
  readonly stop: () => void;
}

/** What Firebreak needs to act on one target: its own account, and a control that no cut touches. */
export interface WorldTargetAccess {
  readonly name: string;
  readonly token: Secret;
  readonly controlSecret: Secret;
}

interface Ready {
  readonly url: string;
  readonly adminToken: string;
}

/** Returns as soon as the process runs; `ready` comes once it answers. */
export async function spawnWorld(options: {
  readonly port: number;
  readonly seed: number;
}): Promise<{ readonly ready: Promise<WorldProcess> }> {
  const port = (await isFree(options.port)) ? options.port : 0;
  const args = [WORLD_MAIN, '--port', String(port), '--seed', String(options.seed)];
  const child = spawn(process.execPath, [...args, '--workloads', '--die-with-parent'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return { ready: openWorld(child) };
}

async function openWorld(child: ChildProcess): Promise<WorldProcess> {
  const ready = await firstLine(child);
  const url = ready.url;
  const adminToken = new Secret(ready.adminToken);
  const admin: Send = (method, path, body) =>
    callJson(url, adminToken, method, `/admin${path}`, body);
  return {
    url,
    adminToken,
    admin,
    targets: async () => accessOf(await admin('GET', '/targets')),
    inventory: async () => await readInventory(url, adminToken),
    stop: () => {
      child.kill('SIGTERM');
    },
  };
}

/** A second demo beside the first one takes any port: only people look at the usual one. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}

function firstLine(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      const problem = `it ended with ${code ?? 'a signal'} before it was ready`;
      reject(new FirebreakError('demo-world-failed', { problem }));
    });
    if (child.stdout === null) return;
    const lines = createInterface({ input: child.stdout });
    // The world prints one JSON line when it is ready.
    lines.once('line', (line) => resolve(JSON.parse(line) as Ready));
  });
}

interface TargetRow {
  readonly name: string;
  readonly account: { readonly token: string };
  readonly control: { readonly secret: string };
}

function accessOf(body: JsonObject): readonly WorldTargetAccess[] {
  // The world's own answer to GET /admin/targets.
  const rows = body['targets'] as unknown as readonly TargetRow[];
  return rows.map((row) => ({
    name: row.name,
    token: new Secret(row.account.token),
    controlSecret: new Secret(row.control.secret),
  }));
}

async function readInventory(url: string, token: Secret): Promise<string> {
  const answer = await fetch(`${url}/admin/inventory?secrets=true`, {
    headers: { authorization: `Bearer ${reveal(token)}` },
  });
  return await answer.text();
}
