#!/usr/bin/env node
// The launcher: runs on any Node >= 20 and hands over to the pinned runtime.
import { fileURLToPath } from 'node:url';
import { launch } from '../tools/launch.mjs';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
await launch([main, ...process.argv.slice(2)]);
