import { readFileSync } from 'node:fs';

export function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const version: unknown = Object(parsed).version;
  return typeof version === 'string' ? version : '0.0.0';
}
