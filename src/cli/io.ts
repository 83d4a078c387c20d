import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { FirebreakError, messageOf } from '../kernel/index.ts';

/** What a command may touch of the process; tests give their own. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readInput: () => Promise<string>;
  readonly nowMs: () => number;
  readonly colour: boolean;
}

export function createIo(nowMs: () => number): Io {
  const { env } = process;
  const isPlain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    out: (line) => process.stdout.write(line),
    err: (line) => process.stderr.write(line),
    environment: env,
    readInput: () => text(process.stdin),
    nowMs,
    colour: process.stdout.isTTY && !isPlain,
  };
}

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new FirebreakError('file-unreadable', { file, problem: messageOf(error) }, error);
  }
}
