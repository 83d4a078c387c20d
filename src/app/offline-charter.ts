import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CharterChange,
  type CharterTemplate,
  diffCharters,
  loadCharter,
  templateFiles,
} from '../authority/index.ts';
import { FirebreakError, messageOf } from '../kernel/index.ts';
import { readText } from './offline.ts';

// Commands on charters that need no server.

export function diffCharterFiles(before: string, after: string): readonly CharterChange[] {
  return diffCharters(loadCharter(readText(before)), loadCharter(readText(after)));
}

/** Never over a file that is there: it may be in force. */
export function beginCharter(
  template: CharterTemplate,
  directory: string,
): { readonly charter: string; readonly roster: string } {
  const texts = templateFiles(template);
  const files = {
    charter: join(directory, 'charter.yaml'),
    roster: join(directory, 'roster.yaml'),
  };
  for (const name of ['charter', 'roster'] as const) {
    const file = files[name];
    try {
      mkdirSync(directory, { recursive: true });
      writeFileSync(file, texts[name], { flag: 'wx' });
    } catch (error) {
      throw new FirebreakError('file-unwritable', { file, problem: messageOf(error) }, error);
    }
  }
  return files;
}
