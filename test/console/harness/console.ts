import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Scope } from '../../../src/api/index.ts';
import { northlakeCharter } from '../../../src/app/northlake-charter.ts';
import {
  openWorldForTest,
  post,
  signed,
  startForTest,
  type ServerForTest,
} from '../../../src/app/server.testing.ts';
import { cleanUp } from '../../../src/store/testing.ts';
import type { World } from '../../../src/world/index.ts';
import { ensureConsole } from '../../../tools/build-console.ts';
import { findInPath } from '../../../tools/programs.ts';

/** Undefined where no Chromium is installed: then these tests are skipped, and say so. */
export const CHROMIUM = findInPath('chromium');

/** Nothing of a browser's own goes to the network; `--no-sandbox` because tests run as root in containers. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const PHONE = { width: 320, height: 640 } as const;
export const DESK = { width: 1280, height: 900 } as const;

const EVERYTHING: readonly Scope[] = ['admin'];

/** Patience for a person who watches a test. */
const QUICK = {
  probeIntervalMs: 100,
  inconclusiveMs: 5_000,
  reprobeMs: 60_000,
  evidenceFuseMs: 2_000,
  watchMs: 200,
  watchMsMax: 2_000,
} as const;

export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: FLAGS });
  cleanUp(() => browser.close());
  return browser;
}

export interface ConsoleForTest {
  readonly server: ServerForTest;
  readonly world: World;
  readonly browser: Browser;
  /** A page of this person, signed in, in a browser of their own. */
  readonly pageOf: (person: string, options?: PageOptions) => Promise<PageForTest>;
  /** A credential of somebody on the build target leaks, and a scanner says so. */
  readonly leak: () => Promise<void>;
  /** Somebody on the build target behaves strangely, and nothing of theirs is known to have leaked. */
  readonly misbehave: () => Promise<void>;
}

export interface PageOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly scopes?: readonly Scope[];
  readonly theme?: 'light' | 'dark';
}

export interface PageForTest {
  readonly page: Page;
  /** What the page complained about: a refusal of its policy is one of them. */
  readonly complaints: readonly string[];
}

function listen(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A failed request says so itself; the tests that cause one look for its words on the screen.
    const isOurs = message.type() === 'error' && !message.text().startsWith('Failed to load');
    if (isOurs) complaints.push(message.text());
  });
  return complaints;
}

async function signIn(
  context: BrowserContext,
  { parts, url }: ServerForTest,
  person: string,
  scopes: readonly Scope[],
): Promise<PageForTest> {
  const page = await context.newPage();
  const complaints = listen(page);
  const code = await parts.tokens.createSignInCode(person, scopes);
  await page.goto(`${url}/sign-in?code=${code}`);
  return { page, complaints };
}

/** A server on the simulated organisation that asks before it cuts, and a browser for whoever looks at it. */
export async function openConsole(): Promise<ConsoleForTest> {
  await ensureConsole();
  const { world, connectors, inventory } = await openWorldForTest();
  const charter = northlakeCharter(Date.now(), { mode: 'ask' });
  const server = await startForTest(undefined, { connectors, charter, response: QUICK });
  await server.parts.inventory.importRecords(inventory.split('\n'), { source: 'world' });
  const browser = await openBrowser();
  const someone = world.organisation.members.find(({ target }) => target === 'ci');
  const { refs } = world.leak('ci', { identity: someone?.identity ?? '' });
  return {
    server,
    world,
    browser,
    pageOf: async (person, { viewport = DESK, scopes = EVERYTHING, theme = 'light' } = {}) => {
      const context = await browser.newContext({ viewport, colorScheme: theme });
      cleanUp(() => context.close());
      await context.addInitScript(`localStorage.setItem('firebreak-theme', '${theme}')`);
      return await signIn(context, server, person, scopes);
    },
    leak: async () => {
      await report(server, refs);
    },
    misbehave: async () => {
      await report(server, refs, 'anomalous-behaviour');
    },
  };
}

/** A signed signal about these references. */
export async function report(
  { ask }: ServerForTest,
  refs: readonly unknown[],
  type = 'credential-exposed',
): Promise<void> {
  const body = JSON.stringify({
    type,
    subject: { refs },
    occurredAt: new Date().toISOString(),
    confidence: 'strong',
    key: `leak-${JSON.stringify(refs)}`,
  });
  const headers = { ...signed(body, Date.now()), authorization: 'none' };
  const answer = await ask('/v1/signals', post(body, headers));
  expect(answer.status).toBe(202);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe-core finds serious or worse on this page, in words. */
export async function seriousProblemsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  // axe answers with this form.
  const found = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  )) as readonly Violation[];
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html ?? ''}`);
}
