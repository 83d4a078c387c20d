import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFile } from './source.ts';

const LEFT_OUT = new Set(['node_modules', '.git', 'dist', 'coverage', '.firebreak', '.installing']);
const TEXT =
  /\.(?:ts|tsx|mjs|js|json|md|yaml|yml|css|html|svg|sql|cedar|sh|txt)$|^\.ci\/run$|(?:^|\/)\.\w+$/u;

function pathsBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (LEFT_OUT.has(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? pathsBelow(root, path) : [path];
  });
}

/** What git tracks or would track; without git (an unpacked archive) what lies there. */
function pathsOf(root: string): readonly string[] {
  if (!existsSync(join(root, '.git'))) return pathsBelow(root, '');
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const paths = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return paths.split('\0').filter((path) => path !== '');
}

export function readTree(root: string): readonly SourceFile[] {
  return [...new Set(pathsOf(root))]
    .filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true)
    .sort()
    .map((path) => ({
      path,
      text: TEXT.test(path) ? readFileSync(join(root, path), 'utf8') : '',
    }));
}
