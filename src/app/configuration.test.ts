import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFirebreakError, reveal } from '../kernel/index.ts';
import { createDirectoryForTest } from '../store/testing.ts';
import { parseConfiguration, resolveSettings, type ServerOptions } from './index.ts';

/** Any code units, lone surrogates and control characters too. */
const anyText = fc.uint16Array({ maxLength: 50 }).map((units) => String.fromCharCode(...units));

function problemOf(text: string): string {
  try {
    parseConfiguration(text);
  } catch (error) {
    if (isFirebreakError(error, 'configuration-invalid')) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('firebreak.yaml', () => {
  it('may be empty', () => {
    expect(parseConfiguration('')).toEqual({});
  });

  it.each([
    [
      'an unknown key, with its place',
      'server:\n  prot: 1\n',
      /line 2, column 9: there is no key server\.prot/u,
    ],
    ['a wrong type', 'server: { port: seven }', /line 1, column 17: server\.port must be integer/u],
    [
      'a secret that stands in the file',
      'sources: [{ name: a, secret: hunter2, confidenceMax: strong }]',
      /sources\.0\.secret has another form/u,
    ],
    ['a store with its password', 'store: postgres://u:hunter2@h/d', /store has another form/u],
    ['a missing key', 'sources: [{ name: a }]', /confidenceMax/u],
    ['a duration of another form', 'response: { watch: 3 s }', /response\.watch has another form/u],
    ['broken YAML', 'server: [', /firebreak\.yaml/u],
    ['a key twice', 'data: a\ndata: b', /unique/u],
    ['an alias', 'server: &a {}\nlog: *a', /alias/u],
    ['something else than keys', '- a', /must be object/u],
  ])('refuses %s', (_name, text, problem) => {
    expect(problemOf(text)).toMatch(problem);
    expect(problemOf(text)).not.toContain('hunter2');
  });

  it('is refused with one code, whatever it holds', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(typeof problemOf(text)).toBe('string');
      }),
    );
  });
});

function settingsOf(yaml: string, options: ServerOptions = {}): ReturnType<typeof resolveSettings> {
  const directory = createDirectoryForTest();
  const config = join(directory, 'firebreak.yaml');
  writeFileSync(config, yaml);
  writeFileSync(join(directory, 'secret'), 'of the file\n');
  return resolveSettings({ config, ...options });
}

describe('settings', () => {
  it('fill in what is not said: loopback, embedded, nothing acts by itself', () => {
    const settings = resolveSettings({});
    expect(settings).toMatchObject({
      host: 'localhost',
      port: 7470,
      whenStale: 'last-known',
      charterFile: null,
    });
    expect(settings.charter).toContain('charter: starter');
  });

  it('take paths from the file, references from where they point, and let the command line win', () => {
    const settings = settingsOf(
      'data: ./d\nserver: { port: 1 }\nkeys: { master: file:secret }\nresponse: { watchMax: PT1M30S, denialsWanted: 5 }',
      { port: 2 },
    );
    expect(settings.data).toMatch(/firebreak-test-.*\/d$/u);
    expect(settings.port).toBe(2);
    expect(settings.master === null ? '' : reveal(settings.master)).toBe('of the file');
    expect(settings.response).toMatchObject({
      watchMsMax: 90_000,
      denialsWanted: 5,
      probeIntervalMs: 1_000,
    });
  });

  it.each([
    ['keys: { master: env:FIREBREAK_NOT_SET }', 'secret-unreadable'],
    ['keys: { master: file:missing }', 'secret-unreadable'],
    ['charter: a.yaml', 'configuration-invalid'],
    ['charter: a.yaml\nroster: b.yaml', 'configuration-invalid'],
    [
      'sources: [{ name: a, confidenceMax: weak }, { name: a, confidenceMax: weak }]',
      'configuration-invalid',
    ],
  ])('refuse %s', (yaml, code) => {
    expect(() => settingsOf(yaml)).toThrow(expect.objectContaining({ code }));
  });
});
