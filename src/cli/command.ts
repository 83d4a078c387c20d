import type { ParseArgsOptionsConfig } from 'node:util';
import { FirebreakError } from '../kernel/index.ts';
import type { Client } from './client.ts';
import type { Io } from './io.ts';

/** 0 = done, 1 = done, and something was found that wants attention, 2 = usage or failure. */
export type ExitCode = 0 | 1 | 2;

export interface OptionText {
  readonly name: string;
  /** The word for its value; absent for a switch. */
  readonly value?: string;
  readonly many?: boolean;
  readonly text: string;
}

export interface Command {
  /** `incident show`. */
  readonly name: string;
  readonly summary: string;
  /** Positional arguments as they are shown: `REF`, `FILE...`, `[FILE]`. */
  readonly places: readonly string[];
  readonly options: readonly OptionText[];
  /** Talks to a server: takes --url and --token-file as well. */
  readonly remote: boolean;
  readonly run: (call: Call) => Promise<ExitCode>;
}

export interface Call {
  readonly io: Io;
  readonly json: boolean;
  readonly places: readonly string[];
  readonly flag: (name: string) => boolean;
  readonly option: (name: string) => string | undefined;
  readonly many: (name: string) => readonly string[];
  readonly required: (name: string) => string;
  readonly client: () => Client;
  readonly usage: (problem: string) => never;
  /** With --json the value as one line, else the text. */
  readonly answer: (value: unknown, text: () => string) => void;
}

export const GENERAL: readonly OptionText[] = [
  { name: 'json', text: 'answer as JSON, for machines' },
  { name: 'help', text: 'show this help' },
];

export const REMOTE: readonly OptionText[] = [
  { name: 'url', value: 'URL', text: 'the server; else FIREBREAK_URL, else http://localhost:7470' },
  { name: 'token-file', value: 'FILE', text: 'a file with a token; else FIREBREAK_TOKEN' },
];

export function allOptions(command: Command): readonly OptionText[] {
  return [...command.options, ...(command.remote ? REMOTE : []), ...GENERAL];
}

export function parseConfig(command: Command): ParseArgsOptionsConfig {
  return Object.fromEntries(
    allOptions(command).map(({ name, value, many = false }) => [
      name,
      value === undefined ? { type: 'boolean' } : { type: 'string', multiple: many },
    ]),
  );
}

export function refuseUsage(command: string, problem: string): never {
  throw new FirebreakError('usage-wrong', { problem, command });
}

export function wholeNumber(call: Call, name: string): number | undefined {
  const text = call.option(name);
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  return call.usage(`--${name} takes a whole number`);
}

export function oneOf<Word extends string>(
  call: Call,
  name: string,
  words: readonly Word[],
  text: string,
): Word {
  const known = words.find((word) => word === text);
  return known ?? call.usage(`${name} is one of ${words.join(', ')}`);
}

export function place(call: Call, index: number): string {
  return call.places[index] ?? call.usage('an argument is missing');
}
