// Plays the demo and photographs each screen of the console into docs/console. Run it again when screens change.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { playLive, resolveSettings, startDemoServer, type DemoServer } from '../src/app/index.ts';
import { createLog } from '../src/kernel/index.ts';
import { ensureConsole } from './build-console.ts';
import { findInPath } from './programs.ts';

const PICTURES = fileURLToPath(new URL('../docs/console/', import.meta.url));
const WIDE = { width: 1_280, height: 800 } as const;
const PHONE = { width: 360, height: 740 } as const;

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly theme: 'light' | 'dark';
  readonly before?: (page: Page) => Promise<void>;
}

/** As somebody who may ask, and may not decide about it. */
async function post(server: DemoServer, path: string, body: unknown): Promise<unknown> {
  const order = { name: 'record-console', scopes: ['respond' as const], person: 'ola' };
  const { text } = await server.parts.tokens.create(order, 'record-console');
  const headers = { authorization: `Bearer ${text}`, 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return await answer.json();
}

/** One incident that contained itself, and one where a person is asked. */
async function setScene(server: DemoServer): Promise<{ incident: string; decision: string }> {
  await playLive(server, server.organisation);
  const [incident] = await server.parts.response.incidents({ limit: 1 });
  const reason = 'it talks to a network that it never talked to';
  const asked = await post(server, '/v1/containments', {
    ref: 'pipeline-search',
    stage: 'isolate',
    reason,
  });
  const decision: unknown = Object(Object(asked)['decision'])['id'];
  if (incident === undefined || typeof decision !== 'string')
    throw new Error(`the scene could not be set: ${JSON.stringify(asked)}`);
  return { incident: incident.id, decision };
}

function shotsOf({ incident, decision }: { incident: string; decision: string }): readonly Shot[] {
  const room = `/incidents/${incident}`;
  return [
    { name: 'now', path: '/', viewport: WIDE, theme: 'light' },
    { name: 'now-phone', path: '/', viewport: PHONE, theme: 'dark' },
    { name: 'incidents', path: '/incidents', viewport: WIDE, theme: 'light' },
    {
      name: 'room-plan',
      path: room,
      viewport: WIDE,
      theme: 'dark',
      before: async (page) => {
        await page.locator('.step').first().click();
      },
    },
    { name: 'room-map', path: `${room}?show=map`, viewport: WIDE, theme: 'light' },
    { name: 'room-timeline', path: `${room}?show=timeline`, viewport: WIDE, theme: 'light' },
    { name: 'decision', path: `/decisions/${decision}`, viewport: WIDE, theme: 'light' },
    { name: 'decision-phone', path: `/decisions/${decision}`, viewport: PHONE, theme: 'dark' },
    { name: 'settings', path: '/settings', viewport: WIDE, theme: 'light' },
    { name: 'skeleton', path: '/authority', viewport: WIDE, theme: 'light' },
  ];
}

async function take(page: Page, url: string, shot: Shot): Promise<void> {
  await page.setViewportSize(shot.viewport);
  await page.goto(`${url}/settings`);
  await page.evaluate(`localStorage.setItem('firebreak-theme', '${shot.theme}')`);
  await page.goto(`${url}${shot.path}`);
  await page.locator('main h1').first().waitFor();
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  await shot.before?.(page);
  // What is drawn on a canvas says nothing when it is done.
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(PICTURES, `${shot.name}.png`) });
  console.log(`${shot.name}.png`);
}

async function photograph(server: DemoServer, browser: Browser): Promise<void> {
  const url = server.url.replace('127.0.0.1', 'localhost');
  const stranger = await browser.newPage({ viewport: PHONE });
  await stranger.goto(url);
  await stranger.getByRole('heading', { name: 'Sign in' }).waitFor();
  await stranger.screenshot({ path: join(PICTURES, 'sign-in-phone.png') });
  const scene = await setScene(server);
  const page = await browser.newPage();
  await page.goto(server.signInUrl.replace('127.0.0.1', 'localhost'));
  for (const shot of shotsOf(scene)) await take(page, url, shot);
}

const executablePath = findInPath('chromium');
if (executablePath === undefined) throw new Error('Chromium is not installed');
await ensureConsole();
mkdirSync(PICTURES, { recursive: true });
const data = mkdtempSync(join(tmpdir(), 'firebreak-console-'));
const settings = resolveSettings({ data, port: 0, store: 'sqlite' });
const demo = { worldPort: 0, seed: 7 };
const server = await startDemoServer(settings, demo, { log: createLog('error') });
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
const browser = await chromium.launch({ executablePath, args });
try {
  await photograph(server, browser);
} finally {
  await browser.close();
  await server.stop(1_000);
  rmSync(data, { recursive: true, force: true });
}
