import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ensureProgram, findInPath, findPostgres } from './programs.ts';

function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-programs-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  return directory;
}

function plantProgram(...path: readonly string[]): string {
  const file = join(...path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
}

it('finds the first executable of a name in PATH', () => {
  const directory = createDirectory();
  mkdirSync(join(directory, 'a'));
  writeFileSync(join(directory, 'a', 'tool'), 'not executable');
  const tool = plantProgram(directory, 'b', 'tool');
  plantProgram(directory, 'c', 'tool');
  const path = ['', 'a', 'b', 'c'].map((name) => (name === '' ? '' : join(directory, name)));
  expect(findInPath('tool', path.join(':'))).toBe(tool);
  expect(findInPath('other', path.join(':'))).toBeUndefined();
});

it('finds the newest PostgreSQL of Debian, by number and not by text', () => {
  const directory = createDirectory();
  plantProgram(directory, '9', 'bin', 'postgres');
  const newest = plantProgram(directory, '15', 'bin', 'postgres');
  // A client-only installation has no server.
  mkdirSync(join(directory, '17', 'bin'), { recursive: true });
  expect(findPostgres(directory)).toBe(newest);
});

it('asks for nothing when the program is there', () => {
  const program = { name: 'Tool', debianPackage: 'tool', find: () => '/bin/tool' };
  expect(ensureProgram(program)).toBeUndefined();
});
