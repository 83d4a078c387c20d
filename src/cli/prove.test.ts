import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Io } from './io.ts';
import { runCli } from './run.ts';

const file = (name: string): string =>
  fileURLToPath(new URL(`../../examples/northlake/${name}`, import.meta.url));
const SHORT = [
  'charter',
  'prove',
  file('charter-short-shifts.yaml'),
  '--roster',
  file('roster.yaml'),
];
const SPRING = ['--from', '2027-03-01T00:00:00Z', '--for', 'P28D'];

async function run(argv: readonly string[], colour = false) {
  let [out, err] = ['', ''];
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    environment: {},
    readInput: () => Promise.resolve(''),
    nowMs: () => Date.parse('2026-12-01T00:00:00Z'),
    colour,
  };
  return { code: await runCli(argv, io), out, err };
}

describe('charter prove', () => {
  it('shows the gaps with their wall times, their line, a remedy and a week of heat', async () => {
    const { code, out } = await run([...SHORT, ...SPRING]);
    expect(code).toBe(1);
    expect(out).toContain('New York has changed its clocks and Berlin has not');
    expect(out).toContain(
      '14 times, 14 h in all; first 2027-03-14T22:00:00Z to 2027-03-14T23:00:00Z',
    );
    expect(out).toContain('America/New_York 2027-03-14 18:00 to 19:00');
    expect(out).toMatch(
      /charter-short-shifts\.yaml:25 {2}seats\.ir-lead\.follow-the-sun\[1\]\.to/u,
    );
    expect(out).toContain('Let the New York shift end at 19:00 instead of 18:00.');
    expect(out).toMatch(/ {2}Sun {2}·{46}▒▒\n/u);
    expect(out).not.toContain('\u001b[');
    expect((await run([...SHORT, ...SPRING, '--zone', 'UTC'], true)).out).toContain('\u001b[');
  });

  it('annotates the line of a pull request that opens a hole', async () => {
    const { code, out } = await run([...SHORT, ...SPRING, '--format', 'github']);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^::error file=\S+charter-short-shifts\.yaml,line=25,title=people\.rung-staffed%3A ir-lead%2C 14 times::New York has/u,
    );
    for (const line of out.trimEnd().split('\n'))
      expect(line).toMatch(/^::(?:error|notice) file=/u);
  });

  it('answers machines, and ends well where there is no gap', async () => {
    const whole = ['charter', 'prove', file('charter.yaml'), '--for', 'P90D'];
    const { code, out } = await run([...whole, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ gaps: [], absent: 0 });
    expect((await run([...whole, '--without', 'felix'])).code).toBe(1);
  });

  it.each([
    [['--without', 'nobody-here']],
    [['--for', 'P9000D']],
    [['--for', 'soon']],
    [['--from', 'soon']],
    [['--absent', '3']],
    [['--format', 'xml']],
  ])('refuses %j', async (options) => {
    expect((await run([...SHORT, ...options])).code).toBe(2);
  });
});
