import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createSkeletonConnector } from './index.ts';
import { createKeyService } from './service.ts';
import { Secret } from '../../src/kernel/index.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const GUIDE = read('../../docs/connectors/writing-a-connector.md');

const flat = (text: string): string => text.replaceAll(/\s+/gu, ' ').trim();
const CODE = flat(
  [
    ...readdirSync(here)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => read(`./${name}`)),
    ...['connector-settings.ts', 'connectors.ts'].map((name) => read(`../../src/app/${name}`)),
  ].join('\n'),
);
const SAMPLES = [...GUIDE.matchAll(/^```ts\n(.*?)^```/gmsu)].map((match) => match[1] ?? '');

describe('the guide', () => {
  it('has a sample for most of its steps', () => {
    expect(SAMPLES.length).toBeGreaterThan(7);
  });

  it.each(SAMPLES)('shows code that is there and tested: %s', (sample) => {
    // `...` leaves something out.
    for (const part of sample.split('...\n')) expect(CODE).toContain(flat(part));
  });

  it('names every method of a connector, and every means that the suite asks for', () => {
    const { api } = createKeyService();
    const controlSecret = new Secret('fake-control-secret');
    const connector = createSkeletonConnector({ target: 'keys', api, controlSecret });
    const bench = read('../../src/connectors/conformance/bench.ts');
    const features = /export type ConformanceFeature =([^;]*);/u.exec(bench)?.[1] ?? '';
    const names = [...features.matchAll(/'(\w+)'/gu)].map((match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(3);
    for (const name of [...Object.keys(connector), ...names]) {
      expect(GUIDE).toMatch(new RegExp(`\`${name}\``, 'u'));
    }
  });
});
