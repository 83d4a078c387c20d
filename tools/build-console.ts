// Builds the web console into console/dist, unless what lies there was built from the very same sources.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const CONSOLE = 'console';
const DIST = join(CONSOLE, 'dist');
const DIGEST_FILE = 'sources.sha256';
/** What the bundle is made of: a change anywhere here asks for another one. */
const SOURCES = [
  join(CONSOLE, 'src'),
  join(CONSOLE, 'public'),
  join('src', 'api', 'contract'),
  join(CONSOLE, 'index.html'),
  join(CONSOLE, 'vite.config.ts'),
  'package-lock.json',
  join('tools', 'build-console.ts'),
];
const COMPRESSIBLE = /\.(?:js|css|html|svg)$/u;
/** Below this a compressed copy saves less than it costs to look for. */
const COMPRESS_BYTES_MIN = 1_000;

function filesOf(path: string): readonly string[] {
  const file = join(root, path);
  if (!existsSync(file)) return [];
  const entries = readdirSync(dirname(file), { withFileTypes: true });
  const own = entries.find((entry) => join(dirname(file), entry.name) === file);
  if (own?.isDirectory() !== true) return [path];
  return readdirSync(file, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

export function digestOfSources(): string {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap(filesOf)) {
    hash
      .update(`${path.replaceAll('\\', '/')}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function builtFrom(): string | null {
  const file = join(root, DIST, DIGEST_FILE);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

/** Once, here: the server then sends bytes that lie ready. */
function compress(directory: string): void {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true });
  for (const entry of files.filter(({ name }) => COMPRESSIBLE.test(name))) {
    const file = join(entry.parentPath, entry.name);
    const content = readFileSync(file);
    if (content.length < COMPRESS_BYTES_MIN) continue;
    const params = { [constants.BROTLI_PARAM_QUALITY]: 10 };
    writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}

async function build(digest: string): Promise<void> {
  // Built beside and moved into place: two that build at once never see half of the other's files.
  const outDir = join(root, CONSOLE, `.building-${process.pid}`);
  const { NODE_ENV: before } = process.env;
  try {
    // A test run says `test` here, and would get the libraries as they are for development.
    process.env['NODE_ENV'] = 'production';
    const vite = await import('vite');
    const configFile = join(root, CONSOLE, 'vite.config.ts');
    await vite.build({ configFile, mode: 'production', build: { outDir } });
    compress(outDir);
    writeFileSync(join(outDir, DIGEST_FILE), `${digest}\n`);
    rmSync(join(root, DIST), { recursive: true, force: true });
    renameSync(outDir, join(root, DIST));
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
    rmSync(outDir, { recursive: true, force: true });
  }
}

/** True when what lies there was built from other sources, or nothing lies there. */
export function isConsoleStale(): boolean {
  return builtFrom() !== digestOfSources();
}

/** True when it had to be built. */
export async function ensureConsole(): Promise<boolean> {
  const digest = digestOfSources();
  if (builtFrom() === digest) return false;
  console.error('firebreak: building the console, this takes some seconds');
  try {
    await build(digest);
  } catch (error) {
    // Somebody else may have put the same one into place meanwhile.
    if (builtFrom() !== digest) throw error;
  }
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensureConsole();
}
