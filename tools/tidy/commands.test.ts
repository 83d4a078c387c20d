import { expect, it } from 'vitest';
import { commandBlocksOf, helpOf, npmScriptOf } from './commands.ts';

it('finds the commands of sh blocks, without their comments', () => {
  const text = [
    '# Title',
    '```sh',
    'npm run demo   # the main job',
    '# a comment alone',
    'echo a#b',
    '```',
    'npm run not-a-command',
    '```json',
    '{}',
    '```',
    '```sh',
    '# with a server',
    'npm start',
    '```',
  ].join('\n');
  expect(commandBlocksOf({ path: 'README.md', text })).toEqual([
    { path: 'README.md', line: 2, commands: ['npm run demo', 'echo a#b'], needsServer: false },
    { path: 'README.md', line: 11, commands: ['npm start'], needsServer: true },
  ]);
});

it('knows what of a command can be tried without a server', () => {
  expect(npmScriptOf('npm start')).toBe('start');
  expect(npmScriptOf('npm run bench -- j1')).toBe('bench');
  expect(npmScriptOf('npm ci')).toBeUndefined();
  expect(helpOf('npx firebreak incident list --url http://localhost:7470')).toBe(
    'npx firebreak incident list --help',
  );
  expect(helpOf('curl localhost')).toBeUndefined();
});
