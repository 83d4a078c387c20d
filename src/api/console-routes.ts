import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sha256 } from '../kernel/index.ts';
import { CONSOLE_SCREENS } from './contract/index.ts';
import { route, type Api } from './route.ts';

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const PAGE_HEADERS = {
  'content-security-policy': PAGE_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  vary: 'accept-encoding',
} as const;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** In the order in which they are preferred. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

interface Served {
  readonly type: string;
  readonly etag: string;
  /** Its name carries a hash of its content: whoever has it need not ask again. */
  readonly isImmutable: boolean;
  readonly plain: Buffer;
  readonly encoded: readonly { readonly name: string; readonly content: Buffer }[];
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Firebreak</title></head>
  <body>
    <h1>The console is not built</h1>
    <p>The API and the command line work. To build the console: <code>node tools/with-runtime.mjs tools/build-console.ts</code></p>
  </body>
</html>
`;

function serve(plain: Buffer, type: string, file: string | null): Served {
  return {
    type,
    plain,
    etag: `"${sha256(plain).toString('base64url').slice(0, 24)}"`,
    isImmutable: file?.includes('/assets/') === true,
    encoded: ENCODINGS.flatMap(({ name, suffix }) =>
      file !== null && existsSync(`${file}${suffix}`)
        ? [{ name, content: readFileSync(`${file}${suffix}`) }]
        : [],
    ),
  };
}

/** Read once: what the bundle holds does not change while the server runs. */
function readBundle(directory: string): ReadonlyMap<string, Served> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return new Map(
    entries.flatMap((entry): readonly (readonly [string, Served])[] => {
      const type = TYPES[extname(entry.name)];
      if (type === undefined || !entry.isFile()) return [];
      const file = join(entry.parentPath, entry.name);
      const path = file.slice(directory.length).replaceAll('\\', '/');
      return [[path, serve(readFileSync(file), type, file.replaceAll('\\', '/'))]];
    }),
  );
}

function answer(request: FastifyRequest, reply: FastifyReply, served: Served): FastifyReply {
  const { etag, type, isImmutable, encoded, plain } = served;
  reply.headers(PAGE_HEADERS).header('etag', etag).type(type);
  reply.header('cache-control', isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const accepted = request.headers['accept-encoding'] ?? '';
  const chosen = encoded.find(({ name }) => new RegExp(`\\b${name}\\b`, 'u').test(accepted));
  if (chosen === undefined) return reply.send(plain);
  return reply.header('content-encoding', chosen.name).send(chosen.content);
}

/** `directory` = the built console; null = there is none here, and the page says so. */
export async function consoleRoutes(api: Api, directory: string | null): Promise<void> {
  const bundle = directory === null ? new Map<string, Served>() : readBundle(directory);
  const page =
    bundle.get('/index.html') ?? serve(Buffer.from(NOT_BUILT), TYPES['.html'] ?? 'text/html', null);
  const add = (path: string, served: Served): void => {
    const text = { word: 'console', summary: path };
    api.get(path, route('open', text, { hide: true }, null), async (request, reply) =>
      answer(request, reply, served),
    );
  };
  for (const screen of CONSOLE_SCREENS) add(screen, page);
  for (const [path, served] of bundle) if (path !== '/index.html') add(path, served);
}
