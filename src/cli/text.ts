import type { Io } from './io.ts';

const CODES = { dim: 2, bold: 1, red: 31, green: 32, amber: 33, blue: 34 } as const;
export type Tone = keyof typeof CODES;

/** Colour never says anything alone: the word beside it does. */
export function paint(io: Pick<Io, 'colour'>, tone: Tone, text: string): string {
  return io.colour ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text;
}

/** What others wrote may hold control characters, which a terminal would obey. */
export function plain(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '\ufffd');
}

/** Columns as wide as their widest cell; the last one as long as it is. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => plain(cell).replaceAll('\n', ' ')));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return cells
    .map((row) =>
      row
        .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

// table: the mark and tone of each state of a cut; the same marks as on every screen
const MARKS: Readonly<Record<string, readonly [string, Tone]>> = {
  proven: ['✔', 'green'],
  restored: ['✔', 'green'],
  unproven: ['○', 'red'],
  failed: ['✖', 'red'],
  blocked: ['■', 'amber'],
  residual: ['◷', 'amber'],
  irrevocable: ['✔', 'green'],
  drifted: ['○', 'red'],
  'revert-conflict': ['■', 'amber'],
  'restore-failed': ['✖', 'red'],
  dropped: ['–', 'dim'],
};

export function statusMark(io: Pick<Io, 'colour'>, status: string): string {
  const [mark, tone] = MARKS[status] ?? ['▮', 'blue'];
  return `${paint(io, tone, mark)} ${status}`;
}

const MINUTE = 60_000;
const UNITS = [
  ['d', 24 * 60 * MINUTE],
  ['h', 60 * MINUTE],
  ['min', MINUTE],
  ['s', 1_000],
] as const;

/** `6 min`, `2 h`: one unit is enough to act on. */
export function duration(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms >= each) ?? ['s', 1_000];
  return `${Math.floor(ms / size)} ${unit}`;
}

/** `03:07:12Z`, with the date when it is not today's. */
export function clockTime(timestamp: string, nowMs: number): string {
  const [date = '', time = ''] = timestamp.split('T');
  const short = `${time.slice(0, 8)}Z`;
  return new Date(nowMs).toISOString().startsWith(date) ? short : `${date} ${short}`;
}
