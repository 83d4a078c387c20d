import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { cleanUp, createDirectoryForTest } from '../store/testing.ts';
import { northlakeCharter, NORTHLAKE_ROSTER } from './northlake-charter.ts';
import { member, parsed } from './server.testing.ts';

// The real program, as people and scripts start it.

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  const env = { ...process.env, NO_COLOR: '1', ...environment };
  const child = spawn(process.execPath, [MAIN, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanUp(() => child.kill('SIGKILL'));
  return child;
}

async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = start(args, environment);
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk) => (out += String(chunk)));
  child.stderr?.on('data', (chunk) => (err += String(chunk)));
  await once(child, 'close');
  return { code: child.exitCode, out, err };
}

async function serve(
  data: string,
  more: readonly string[] = [],
): Promise<{ readonly child: ChildProcess; readonly ready: unknown; readonly url: string }> {
  const child = start(['serve', '--json', '--data', data, '--port', '0', ...more]);
  if (child.stdout === null) throw new Error('the output is piped');
  const [line]: unknown[] = await once(createInterface({ input: child.stdout }), 'line');
  const ready = parsed(String(line));
  return { child, ready, url: String(member(ready, 'url')) };
}

it('serves, answers its own commands, and ends in order when told to', async () => {
  const data = join(createDirectoryForTest(), 'data');
  const tokenFile = join(data, '..', 'token');
  const { child, ready, url } = await serve(data, ['--bootstrap-token-file', tokenFile]);
  expect(ready).toMatchObject({ event: 'ready', pid: child.pid });
  const environment = { FIREBREAK_URL: url, FIREBREAK_TOKEN: readFileSync(tokenFile, 'utf8') };
  const inventory = join(data, '..', 'inventory.ndjson');
  writeFileSync(
    inventory,
    '{"type":"party","name":"payments","refs":[{"system":"org","type":"party","value":"p"}]}\n',
  );
  const imported = await run(['import', inventory, '--json'], environment);
  expect(parsed(imported.out)).toMatchObject({ files: [{ added: 1, rejectedCount: 0 }] });
  const file = join(data, '..', 'ledger.ndjson');
  expect((await run(['ledger', 'export', file], environment)).code).toBe(0);
  const verified = await run([
    'ledger',
    'verify',
    file,
    '--key',
    join(data, 'ledger-public.key'),
    '--json',
  ]);
  expect(verified.code).toBe(0);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('payments', 'x').replace('"added":1', '"added":2'),
  );
  const changed = await run(['ledger', 'verify', file, '--json']);
  expect(changed.code).toBe(1);
  expect(member(parsed(changed.out), 'findings', 0, 'code')).toBe('changed');
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(child.exitCode).toBe(0);
});

it('is not started twice on one data directory, and starts again after a kill', async () => {
  const data = join(createDirectoryForTest(), 'data');
  const first = await serve(data);
  const second = await run(['serve', '--data', data, '--port', '0', '--json']);
  expect(second.code).toBe(2);
  expect(second.err).toContain('store-locked');
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const third = await serve(data);
  expect((await fetch(`${third.url}/readyz`)).status).toBe(200);
  third.child.kill('SIGINT');
  await once(third.child, 'exit');
  expect(third.child.exitCode).toBe(0);
});

it('examines a machine before anything is started, and changes nothing', async () => {
  const data = join(createDirectoryForTest(), 'data');
  const well = await run(['doctor', '--data', data, '--port', '0', '--json']);
  expect(well.code).toBe(0);
  expect(parsed(well.out)).toMatchObject({ ok: true });
  expect(existsSync(data)).toBe(false);
  const config = join(data, '..', 'firebreak.yaml');
  writeFileSync(config, 'server: { prot: 1 }');
  const ill = await run(['doctor', '--config', config]);
  expect(ill.code).toBe(1);
  expect(ill.out).toMatch(/fail {2}configuration: .*there is no key server\.prot/u);
});

it('adopts a charter from the shell, by the signatures that it asks for, and says where files differ', async () => {
  const directory = createDirectoryForTest();
  const file = (name: string): string => join(directory, name);
  const text = northlakeCharter(Date.now());
  writeFileSync(file('charter.yaml'), text);
  writeFileSync(file('roster.yaml'), NORTHLAKE_ROSTER);
  writeFileSync(file('charter-8.yaml'), text.replace('revision: 7', 'revision: 8'));
  const config = file('firebreak.yaml');
  writeFileSync(config, 'data: data\ncharter: charter.yaml\nroster: roster.yaml\n');
  const serveIt = async () =>
    await serve(file('data'), ['--config', config, '--bootstrap-token-file', file('token')]);
  const { child, url } = await serveIt();
  const environment = { FIREBREAK_URL: url, FIREBREAK_TOKEN: readFileSync(file('token'), 'utf8') };
  const firebreak = async (...args: readonly string[]) =>
    parsed((await run([...args, '--json'], environment)).out);
  const proposed = await firebreak('charter', 'adopt', file('charter-8.yaml'));
  expect(proposed).toMatchObject({ state: 'open', charter: { revision: 8 }, signatures: [] });
  const id = String(member(proposed, 'id'));
  const sign = async (person: string) => {
    const made = ['token', 'create', person, '--person', person, '--scope', 'decide'];
    await firebreak(...made, '--out', file(person));
    const reason = ['--reason', 'I read it', '--token-file', file(person)];
    return await run(['charter', 'sign', id, ...reason], environment);
  };
  const mia = await sign('mia');
  expect(mia.code).not.toBe(0);
  expect(mia.err).toContain('mia cannot sign this charter');
  expect((await sign('dana')).out).toContain('  sign: dana (ciso)');
  expect((await sign('piet')).out).toContain(`${id}  adopted`);
  const shown = await run(['charter', 'proposals'], environment);
  expect(shown.out).toContain('northlake-demo revision 8 holds');
  expect(shown.out).toContain('the charter on disk is not what was adopted');
  expect(shown.code).toBe(1);
  const ready: unknown = await (await fetch(`${url}/readyz`)).json();
  expect(ready).toMatchObject({ ready: true });
  expect(JSON.stringify(ready)).toContain('the charter on disk is not what was adopted');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const doctor = await run(['doctor', '--config', config]);
  expect(doctor.out).toMatch(/adopted charter: the charter on disk is not what was adopted/u);
}, 90_000);
