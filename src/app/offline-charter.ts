import { diffCharters, loadCharter, type CharterChange } from '../authority/index.ts';
import { readText } from './offline.ts';

// Commands on charters that need no server.

export function diffCharterFiles(before: string, after: string): readonly CharterChange[] {
  return diffCharters(loadCharter(readText(before)), loadCharter(readText(after)));
}
