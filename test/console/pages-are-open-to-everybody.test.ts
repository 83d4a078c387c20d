import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findConsole } from '../../src/app/index.ts';
import { member } from '../../src/app/server.testing.ts';
import { ensureConsole, isConsoleStale } from '../../tools/build-console.ts';
import {
  CHROMIUM,
  CHROMIUM_MISSING,
  DESK,
  openConsole,
  PHONE,
  report,
  seriousProblemsOf,
  type ConsoleForTest,
} from './harness/console.ts';

/** In every field that takes a text: it would run, or at least leave an element, if it were ever taken for markup. */
const MARKUP = '<img src=x onerror="window.injected=1"><b data-injected>x</b>';
const LINES = [
  {
    type: 'identity',
    kind: 'ci-identity',
    name: `bot ${MARKUP}`,
    target: `target ${MARKUP}`,
    environment: 'prod',
    purpose: MARKUP,
    tags: [MARKUP],
    refs: [{ system: 'ci', type: 'identity', value: MARKUP }],
  },
  {
    type: 'credential',
    identity: `ci:identity:${MARKUP}`,
    kind: 'access-token',
    refs: [{ system: 'ci', type: 'credential', value: `key ${MARKUP}` }],
  },
];

/** Both signals ask somebody, each in its own time. */
async function untilTwoAreAsked({ server }: ConsoleForTest): Promise<readonly unknown[]> {
  for (;;) {
    const { body } = await server.ask('/v1/decisions');
    const decisions = member(body, 'decisions');
    if (Array.isArray(decisions) && decisions.length >= 2) return decisions;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

interface ManifestEntry {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
}

describe('the bundle', () => {
  it('sends less than 300 kB of compressed script before Now is shown', async () => {
    await ensureConsole();
    const directory = findConsole() ?? '';
    const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as Readonly<
      // Vite's own form.
      Record<string, ManifestEntry>
    >;
    const first = new Set<string>();
    const add = (key: string): void => {
      const entry = manifest[key];
      if (entry === undefined || first.has(entry.file)) return;
      first.add(entry.file);
      for (const next of entry.imports ?? []) add(next);
    };
    for (const [key, { isEntry }] of Object.entries(manifest)) if (isEntry === true) add(key);
    expect(first.size).toBeGreaterThan(0);
    const bytes = [...first].map((file) => readFileSync(join(directory, `${file}.gz`)).length);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(300_000);
    // The library that draws maps comes later.
    expect(Object.keys(manifest)).toContain('src/room/map.tsx');
    expect(first).not.toContain(manifest['src/room/map.tsx']?.file);
  });

  it('is built once: what was built from these sources stays', async () => {
    await ensureConsole();
    expect(isConsoleStale()).toBe(false);
    expect(await ensureConsole()).toBe(false);
  });

  it('holds nothing inline and nothing from elsewhere', async () => {
    await ensureConsole();
    const html = readFileSync(join(findConsole() ?? '', 'index.html'), 'utf8');
    expect(html).not.toMatch(/<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|https?:/u);
  });
});

describe.skipIf(CHROMIUM === undefined)(`the console${CHROMIUM_MISSING}`, () => {
  let open: ConsoleForTest;
  let paths: readonly string[];
  beforeAll(async () => {
    open = await openConsole();
    const { server } = open;
    const ndjson = LINES.map((line) => JSON.stringify(line));
    await server.parts.inventory.importRecords(ndjson, { source: 'test' });
    await report(server, [{ system: 'ci', type: 'credential', value: `key ${MARKUP}` }]);
    await open.leak();
    const rows = await untilTwoAreAsked(open);
    paths = rows.flatMap((row: unknown) => [
      `/decisions/${String(member(row, 'id'))}`,
      `/incidents/${String(member(row, 'incident'))}`,
      `/incidents/${String(member(row, 'incident'))}?show=map`,
      `/incidents/${String(member(row, 'incident'))}?show=timeline`,
    ]);
  }, 60_000);

  it.each([
    ['wide and light', DESK, 'light'],
    ['on a phone and dark', PHONE, 'dark'],
  ] as const)('has nothing serious for axe-core, %s', async (_name, viewport, theme) => {
    const { page, complaints } = await open.pageOf('mia', { viewport, theme });
    const screens = [
      '/',
      '/incidents',
      '/settings',
      '/inventory',
      '/nowhere',
      ...paths.slice(0, 4),
    ];
    for (const path of screens) {
      // `/nowhere` is known to the console alone: the server answers its own 404 for it.
      if (path === '/nowhere') await page.evaluate("history.pushState({}, '', '/nowhere')");
      else await page.goto(`${open.url}${path}`);
      await page.locator('main h1, main .notice').first().waitFor();
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      expect(await seriousProblemsOf(page), path).toEqual([]);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width, `${path} is wider than the screen`).toBeLessThanOrEqual(viewport.width);
    }
    await page.goto(open.url);
    // Keys are heard once the page is there.
    await page.getByText('live', { exact: true }).waitFor();
    await page.keyboard.press('/');
    await page.getByRole('searchbox', { name: 'Search' }).waitFor();
    expect(await seriousProblemsOf(page), 'palette').toEqual([]);
    await page.keyboard.type('ledger');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Ledger' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys on this screen' }).waitFor();
    expect(await seriousProblemsOf(page), 'keys').toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('shows markup in names as text', async () => {
    const { page, complaints } = await open.pageOf('mia');
    for (const path of ['/', '/incidents', ...paths]) {
      await page.goto(`${open.url}${path}`);
      await page.locator('main h1').first().waitFor();
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      expect(await page.evaluate('window.injected'), path).toBeUndefined();
      expect(await page.locator('[data-injected]').count(), path).toBe(0);
    }
    await page.goto(`${open.url}/incidents`);
    await page.getByText('<b data-injected>').first().waitFor();
    expect(complaints).toEqual([]);
  });
});
