import { readFileSync } from 'node:fs';
import { FirebreakError, sha256 } from '../kernel/index.ts';
import { SESSION_COOKIE, sessionOf } from './authentication.ts';
import { SignInQuery } from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { route, type Api } from './route.ts';

// table: path -> file and its type
const FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
  { path: '/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { path: '/favicon.svg', file: 'favicon.svg', type: 'image/svg+xml' },
] as const;

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
].join('; ');

const PAGE_HEADERS = {
  'content-security-policy': PAGE_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
} as const;

export async function pageRoutes(api: Api): Promise<void> {
  for (const { path, file, type } of FILES) {
    const content = readFileSync(new URL(`./page/${file}`, import.meta.url));
    const etag = `"${sha256(content).toString('base64url').slice(0, 24)}"`;
    api.get(
      path,
      { ...route('open', { word: 'page', summary: file }, { hide: true }, null) },
      async (request, reply) => {
        reply.headers(PAGE_HEADERS);
        reply.header('cache-control', 'no-cache').header('etag', etag).type(type);
        if (request.headers['if-none-match'] === etag) return reply.code(304).send();
        return reply.send(content);
      },
    );
  }
}

function cookie(value: string, maxAgeSeconds: number, isSecure: boolean): string {
  const parts = [`${SESSION_COOKIE}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Strict'];
  return [...parts, `Max-Age=${maxAgeSeconds}`, ...(isSecure ? ['Secure'] : [])].join('; ');
}

export async function sessionRoutes(api: Api, { tokens, settings }: ApiParts): Promise<void> {
  const word = 'session';
  const isSecure = settings.publicUrl?.startsWith('https:') === true;
  api.get(
    '/sign-in',
    route('open', { word, summary: 'A link that works once' }, { querystring: SignInQuery }, null),
    async (request, reply) => {
      const { session, lifeMs } = await tokens.signIn(request.query.code);
      // The code stands in the address of this page.
      reply.header('referrer-policy', 'no-referrer');
      reply.header('set-cookie', cookie(session, Math.floor(lifeMs / 1_000), isSecure));
      return reply.redirect('/', 303);
    },
  );
  api.post(
    '/sign-out',
    route('read', { word, summary: 'End this session' }, {}, null),
    async (request, reply) => {
      const session = sessionOf(request);
      if (session === null) {
        const problem = 'there is no session; tokens are revoked with DELETE /v1/tokens';
        throw new FirebreakError('request-invalid', { problem });
      }
      await tokens.signOut(session);
      reply.header('set-cookie', cookie('', 0, isSecure));
      return reply.code(204).send();
    },
  );
}
