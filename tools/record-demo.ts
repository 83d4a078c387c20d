// Plays `npm run demo` and writes docs/demo.svg, the picture of the README. Run it again when the demo's sentences change.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

interface Told {
  readonly atMs: number;
  readonly text: string;
  readonly heading: boolean;
}

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const PICTURE = fileURLToPath(new URL('../docs/demo.svg', import.meta.url));
const LINE_PX = 19;
const WIDTH_PX = 1_180;
/** The recording is played this much faster than it happened. */
const FASTER = 3;

async function play(): Promise<readonly Told[]> {
  const child = spawn(process.execPath, [MAIN, 'demo', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told: Told[] = [];
  let lastMs = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    // The demo's own JSON lines.
    const event = JSON.parse(line) as { event?: string; text?: string; atMs?: number };
    if (event.text === undefined) continue;
    lastMs = event.atMs ?? lastMs;
    told.push({ atMs: lastMs, text: event.text, heading: event.event === 'scenario' });
  }
  return told;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function tone({ text, heading }: Told): string {
  if (heading) return 'h';
  if (/STILL HAS|breached|FAILED/u.test(text)) return 'bad';
  if (/Proven|Contained|Given back|has no access|^ok/u.test(text)) return 'good';
  return text.startsWith('  ') ? 'machine' : 'said';
}

function draw(told: readonly Told[]): string {
  let y = 20;
  const lines = told.map((one) => {
    y += one.heading ? LINE_PX * 1.8 : LINE_PX;
    const stamp = one.heading ? '' : `${(one.atMs / 1_000).toFixed(1).padStart(5)} s  `;
    const delay = (one.atMs / 1_000 / FASTER).toFixed(2);
    const text = escape(`${stamp}${one.text}`).replaceAll(' ', '\u00a0');
    return `<text x="22" y="${y}" class="${tone(one)}" style="animation-delay:${delay}s">${text}</text>`;
  });
  const height = y + 24;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH_PX} ${height}" role="img" aria-label="npm run demo">
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, monospace; fill: #c9d1d9; opacity: 0; animation: show .2s forwards }
.h { fill: #ffffff; font-weight: 700 } .machine { fill: #9aa7b4 } .good { fill: #6fdd8b } .bad { fill: #ff7b72; font-weight: 700 }
@keyframes show { to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { text { animation: none; opacity: 1 } }
</style>
<rect width="100%" height="100%" rx="10" fill="#0d1117"/>
${lines.join('\n')}
</svg>
`;
}

writeFileSync(PICTURE, draw(await play()));
