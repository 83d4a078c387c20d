import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandBlocksOf } from './tidy/commands.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const path = 'docs/operating/inventory.md';
const main = join(root, 'src/cli/main.ts');
// What comes after is tried on the demo organisation, in test/stories/the-inventory-of-a-whole-organisation-answers.test.ts.
const [sections = ''] = readFileSync(join(root, path), 'utf8').split('## An organisation');
const commands = commandBlocksOf({ path, text: sections })
  .filter(({ needsServer }) => needsServer)
  .flatMap((block) => block.commands)
  .filter((command) => command.startsWith('npx firebreak'));

const place = mkdtempSync(join(tmpdir(), 'firebreak-document-'));
const environment: Record<string, string> = {};
let stop = (): void => undefined;

/** The commands of the document against a real server, one after the other, as a reader would. */
beforeAll(async () => {
  const token = join(place, 'token');
  const data = join(place, 'data');
  const args = [main, 'serve', '--json', '--data', data, '--port', '0'];
  const server = spawn(process.execPath, [...args, '--bootstrap-token-file', token], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  stop = () => {
    server.kill('SIGKILL');
  };
  const [line]: unknown[] = await once(createInterface({ input: server.stdout }), 'line');
  const url = /"url":"(?<url>[^"]+)"/u.exec(String(line))?.groups?.['url'] ?? '';
  Object.assign(environment, { FIREBREAK_URL: url, FIREBREAK_TOKEN: readFileSync(token, 'utf8') });
}, 60_000);

afterAll(() => {
  stop();
  rmSync(place, { recursive: true, force: true });
});

function run(command: string) {
  const program = `"${process.execPath}" "${main}"`;
  const own = command
    .replace(/^npx firebreak/u, program)
    .replace('<(node ', `<("${process.execPath}" `);
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, NO_COLOR: '1', ...environment };
  return spawnSync('bash', ['-c', own], { cwd: root, encoding: 'utf8', timeout: 60_000, env });
}

describe('the commands that bring an inventory in', () => {
  it('are there for each kind of source', () => {
    expect(commands.filter((command) => command.includes(' import ')).length).toBeGreaterThan(3);
  });

  it.each(commands)('%s works', { timeout: 60_000 }, (command) => {
    const { status, stdout, stderr } = run(command);
    expect(status, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).not.toBe('');
  });

  it('end in what the document says', () => {
    const card = run('npx firebreak identity show AKIAIOSFODNN7EXAMPLE').stdout;
    // One identity from two sources, with the owners of both.
    expect(card).toContain('svc-payments-prod');
    expect(card).toContain('Team Payments');
    const deploy = 'aws:arn:arn:aws:iam::111122223333:user/svc-deploy-prod';
    expect(run(`npx firebreak blast ${deploy}`).stdout).toContain('-assumes');
    const list = run('npx firebreak identity list').stdout;
    expect(list).toContain('svc-reporting-prod');
    const again = run('npx firebreak import examples/inventory/cloud.ndjson --source cloud-prod');
    expect(again.stdout).toMatch(/0 added {2}0 changed/u);
  });
});
