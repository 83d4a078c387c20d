import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { FirebreakError, Secret } from '../kernel/index.ts';

function unreadable(reference: string, problem: string, cause?: unknown): never {
  throw new FirebreakError('secret-unreadable', { reference, problem }, cause);
}

/** `env:NAME` or `file:PATH`; the newline that editors put at the end does not count. */
export function readSecret(
  reference: string,
  directory: string,
  environment: NodeJS.ProcessEnv = process.env,
): Secret {
  const value = reference.startsWith('env:')
    ? (environment[reference.slice('env:'.length)] ?? unreadable(reference, 'it is not set'))
    : readFile(reference, resolve(directory, reference.slice('file:'.length)));
  const text = value.replace(/\r?\n$/u, '');
  return text === '' ? unreadable(reference, 'it is empty') : new Secret(text);
}

function readFile(reference: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return unreadable(reference, code, error);
  }
}
