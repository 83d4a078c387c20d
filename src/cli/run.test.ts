import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { COMMANDS } from './commands.ts';
import type { Io } from './io.ts';
import { runCli } from './run.ts';

const NOW_MS = Date.parse('2026-12-01T03:10:00Z');
const directory = mkdtempSync(join(tmpdir(), 'firebreak-cli-'));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function fileWith(name: string, content: string): string {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Ran> {
  let [out, err] = ['', ''];
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    environment,
    readInput: () => Promise.resolve(input),
    nowMs: () => NOW_MS,
    colour: false,
  };
  const code = await runCli(argv, io);
  return { code, out, err };
}

interface Got {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that answers one thing and remembers what it was asked. */
async function answering(
  status: number,
  body: unknown,
): Promise<{ readonly environment: Readonly<Record<string, string>>; readonly got: Got[] }> {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const { method, url, headers } = request;
      got.push({ method, url, headers, body: text });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    environment: { FIREBREAK_URL: `http://127.0.0.1:${port}/`, FIREBREAK_TOKEN: 'fbt_x' },
    got,
  };
}

describe('every command', () => {
  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    '%s has help',
    async (name, command) => {
      const { code, out } = await run([...name.split(' '), '--help']);
      expect(code).toBe(0);
      expect(out).toContain(`usage: firebreak ${name}`);
      for (const option of command.options) expect(out).toContain(`--${option.name}`);
    },
  );

  it.each(COMMANDS.map(({ name }) => [name]))('%s refuses what it does not know', async (name) => {
    const { code, out, err } = await run([...name.split(' '), 'a', 'b', '--no-such-thing']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('--no-such-thing');
    expect(err).toContain(`firebreak ${name} --help`);
  });

  it.each(
    COMMANDS.filter(({ places }) => places.some((place) => !place.startsWith('['))).map(
      ({ name, places }) => [name, places[0] ?? ''],
    ),
  )('%s says that %s is missing', async (name, place) => {
    const { code, err } = await run(name.split(' '));
    expect(code).toBe(2);
    expect(err).toContain(`${place} is missing`);
  });
});

describe('the command line', () => {
  it('shows all commands when asked, or asked for nothing', async () => {
    for (const argv of [[], ['--help'], ['help']]) {
      const { code, out } = await run(argv);
      expect(code).toBe(0);
      for (const { name } of COMMANDS) expect(out).toContain(`  ${name}`);
    }
  });

  it('suggests what was meant', async () => {
    expect((await run(['incidnt', 'lst'])).err).toContain(
      'did you mean `firebreak incident list`?',
    );
    expect((await run(['incident'])).err).toContain('list, show, decide');
    expect((await run(['contain', 'x', '--stge', 'isolate'])).err).toContain(
      'did you mean --stage?',
    );
    expect((await run(['contain', 'x', '--stage', 'destroy'])).err).toContain(
      '--stage is one of step-up, restrict',
    );
  });

  it('says that no server answers, and what to do', async () => {
    const { code, err } = await run(['incident', 'list', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(2);
    expect(err).toMatch(/no Firebreak server answers[^]*--url/u);
    expect((await run(['incident', 'list', '--url', 'nonsense'])).err).toContain('nonsense');
    expect((await run(['incident', 'list', '--token-file', '/none'])).err).toContain(
      '/none cannot be read',
    );
  });

  it('passes the words of the server on, also as JSON', async () => {
    const problem = {
      status: 404,
      code: 'incident-unknown',
      detail: 'no incident x',
      remedy: 'List them.',
    };
    const { environment } = await answering(404, problem);
    const plain = await run(['incident', 'show', 'x'], environment);
    expect(plain).toEqual({ code: 2, out: '', err: 'error no incident x\n      List them.\n' });
    const json = await run(['incident', 'show', 'x', '--json'], environment);
    expect(JSON.parse(json.err)).toEqual({
      error: { code: 'incident-unknown', message: 'no incident x', remedy: 'List them.' },
    });
  });

  it('never shows a token, whatever goes wrong', async () => {
    const { environment } = await answering(502, 'a proxy says fbt_nothing');
    const { err } = await run(['incident', 'list'], {
      ...environment,
      FIREBREAK_TOKEN: 'fbt_secret',
    });
    expect(err).toContain('answered 502');
    expect(err).not.toContain('fbt_secret');
  });
});

describe('requests', () => {
  it('carry the token and the arguments', async () => {
    const { environment, got } = await answering(200, { incidents: [] });
    const { out } = await run(
      ['incident', 'list', '--status', 'open', '--limit', '5'],
      environment,
    );
    expect(out).toBe('no incidents\n');
    expect(got[0]).toMatchObject({ method: 'GET', url: '/v1/incidents?status=open&limit=5' });
    expect(got[0]?.headers.authorization).toBe('Bearer fbt_x');
  });

  it('sign a signal over its exact bytes', async () => {
    const { environment, got } = await answering(202, { signalId: 'sig_1', repeated: false });
    const body = '{ "key" : "a" }\n';
    const argv = ['signal', 'send', fileWith('signal.json', body), '--source', 'scanner'];
    const { code, out } = await run(
      [...argv, '--secret-file', fileWith('secret', 's3cret\n')],
      environment,
    );
    expect([code, out]).toEqual([0, 'accepted: sig_1\n']);
    const at = Math.floor(NOW_MS / 1_000);
    const mac = createHmac('sha256', 's3cret').update(`${at}.${body}`).digest('hex');
    expect(got[0]?.body).toBe(body);
    expect(got[0]?.headers).toMatchObject({
      'firebreak-source': 'scanner',
      'firebreak-signature': `t=${at},v1=${mac}`,
    });
  });

  it('send a secret only from standard input, and only in a body', async () => {
    const { environment, got } = await answering(404, { code: 'c', detail: 'd', remedy: 'r' });
    await run(['identity', 'show', '--secret-stdin'], environment, 'hunter2\n');
    expect(got[0]).toMatchObject({
      method: 'POST',
      url: '/v1/lookup',
      body: '{"secret":"hunter2"}',
    });
    const both = await run(['identity', 'show', 'x', '--secret-stdin'], environment, 'hunter2\n');
    expect(both.code).toBe(2);
  });

  it('stream a file, and end with 1 when a line was rejected', async () => {
    const report = { added: 1, changed: 0, unchanged: 0, rejectedCount: 1 };
    const rejected = [{ line: 2, problem: 'no JSON' }];
    const { environment, got } = await answering(200, { ...report, rejected });
    const file = fileWith('inventory.ndjson', '{"type":"party"}\nnonsense\n');
    const { code, out } = await run(['import', file, '--source', 'cmdb'], environment);
    expect(code).toBe(1);
    expect(out).toContain(`${file}:2`);
    expect(got[0]).toMatchObject({
      url: '/v1/inventory/import?source=cmdb',
      body: '{"type":"party"}\nnonsense\n',
    });
    expect(got[0]?.headers['content-type']).toBe('application/x-ndjson');
  });

  it('write a token to a private file and never over another', async () => {
    const { environment } = await answering(201, { id: 'tok_1', token: 'fbt_new', scopes: [] });
    const file = join(directory, 'token');
    const argv = ['token', 'create', 'ci', '--scope', 'read', '--out', file];
    const first = await run(argv, environment);
    expect(first.out).toBe(`tok_1 in ${file}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await run(argv, environment)).err).toContain('cannot be written');
  });
});
