import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { NORTHLAKE_ROSTER, northlakeCharter, type Overrides } from '../../../src/app/index.ts';
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
/** Stands in the name of what is skipped. */
export const CHROMIUM_MISSING = CHROMIUM === undefined ? ': Chromium is not installed' : '';

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

/** In the roster and in no seat: may read, and nothing else. */
export const READER = 'rena';
const ROSTER = NORTHLAKE_ROSTER.replace(
  'people:\n',
  `people:\n  ${READER}: { name: Rena Okafor }\n`,
);

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
  /** What it was started with: another one on the same data goes on with these. */
  readonly overrides: Overrides;
  /** Where a browser finds it: passkeys need a name, not an address. */
  readonly url: string;
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
  readonly theme?: 'light' | 'dark';
  /** By the link of a demo, or not at all: then the page is the one that a stranger gets. */
  readonly how?: 'link' | 'stranger';
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

/** What holds a passkey and uses it when asked, as a phone does after a touch. */
export async function giveAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** A server on the simulated organisation that asks before it cuts, and a browser for whoever looks at it. */
export async function openConsole(): Promise<ConsoleForTest> {
  await ensureConsole();
  const { world, connectors, inventory } = await openWorldForTest();
  const charter = northlakeCharter(Date.now(), { mode: 'ask' });
  const overrides = { connectors, charter, roster: ROSTER, response: QUICK };
  const server = await startForTest(undefined, overrides);
  await server.parts.inventory.importRecords(inventory.split('\n'), { source: 'world' });
  const browser = await openBrowser();
  const someone = world.organisation.members.find(({ target }) => target === 'ci');
  const { refs } = world.leak('ci', { identity: someone?.identity ?? '' });
  const url = server.url.replace('127.0.0.1', 'localhost');
  return {
    server,
    overrides,
    url,
    world,
    browser,
    pageOf: async (person, { viewport = DESK, theme = 'light', how = 'link' } = {}) => {
      const context = await browser.newContext({ viewport, colorScheme: theme });
      cleanUp(() => context.close());
      await context.addInitScript(`localStorage.setItem('firebreak-theme', '${theme}')`);
      const page = await context.newPage();
      const complaints = listen(page);
      if (how === 'link') {
        const code = await server.parts.people.signIn.createLink(person);
        await page.goto(`${url}/sign-in?code=${code}`);
      }
      return { page, complaints };
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
