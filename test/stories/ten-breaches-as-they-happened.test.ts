import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Id, present, type SignalType } from '../../src/kernel/index.ts';
import type { IncidentView } from '../../src/response/index.ts';
import type { AttackStep, Leak } from '../../src/world/index.ts';
import { ofKind, readEntries } from './harness/book.ts';
import { catalogue, type Entry } from './harness/catalogue.ts';
import { type Story, tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

// The shared cases are read in place: what was done in which order is theirs, what stands for it in the world is ours.

const FILE = new URL('../../../shared/reference/cases/nhi-breach-cases.json', import.meta.url);

interface Case {
  readonly id: string;
  readonly name: string;
  readonly containment_in_order: readonly string[];
}

/** One compromised thing of a case, in the order in which it was to be contained. */
interface Part {
  /** Words of the step of the case that this stands for. */
  readonly step: string;
  readonly target: string;
  readonly identity: string;
  readonly entry: Entry;
  readonly says: SignalType;
  readonly names?: 'credential' | 'identity';
  /** The sentence about what was compromised begins so. */
  readonly is: string;
  /** Whether the whole identity is cut, or the named credential alone. */
  readonly grain: 'identity' | 'credential';
  readonly attack?: readonly AttackStep[];
  /** What it minted is found and cut too. */
  readonly respawns?: boolean;
}

const LEAKED = {
  says: 'credential-exposed',
  is: 'leaked credential',
  grain: 'credential',
  entry: {},
} as const;

function key(step: string, target: string, identity: string, more: Partial<Part> = {}): Part {
  return { ...LEAKED, step, target, identity, ...more };
}

// table: case -> its parts
const PARTS: Readonly<Record<string, readonly Part[]>> = {
  'salesloft-drift-2025': [
    {
      step: 'vendor-wide revoke',
      target: 'crm',
      identity: 'drift-connected-app',
      entry: { kind: 'oauth-app', credentialKind: 'refresh-token', operator: 'drift' },
      says: 'vendor-breach',
      names: 'identity',
      is: 'vendor breached',
      grain: 'identity',
    },
    key('rotate every secret found', 'cloud', 'export-reader'),
  ],
  'shai-hulud-2025': [
    key('revoke npm tokens first', 'registry', 'package-publisher', {
      entry: { kind: 'ci-identity', credentialKind: 'access-token' },
    }),
    key('revoke GitHub PATs', 'forge', 'build-bot', { entry: { kind: 'bot-user' } }),
    key('rotate cloud keys', 'cloud', 'deployer'),
  ],
  'gtg-1002-2025': [
    {
      step: 'cut agent-speed sessions',
      target: 'agents',
      identity: 'coding-agent',
      entry: { kind: 'ai-agent', credentialKind: 'client-secret' },
      says: 'off-intent-action',
      is: 'agent off intent',
      grain: 'credential',
    },
    key('revoke harvested creds', 'cloud', 'harvested-service'),
  ],
  'cloudflare-okta-2023': [
    {
      step: 'deactivate Smartsheet service account',
      target: 'wiki',
      identity: 'smartsheet-service',
      entry: { idleDays: 200 },
      says: 'anomalous-behaviour',
      is: 'dormant awake',
      grain: 'identity',
      attack: [
        { atMs: 0, do: 'use', everyMs: 100 },
        { atMs: 100, do: 'mint', as: 'new-identity' },
      ],
      respawns: true,
    },
  ],
  'circleci-2023': [
    {
      step: 'cut production access broadly',
      target: 'production',
      identity: 'employee-session-token',
      entry: { kind: 'oauth-app', credentialKind: 'access-token' },
      says: 'session-hijack',
      is: 'refresh abused',
      grain: 'credential',
    },
    key('revoke project/personal API tokens', 'ci', 'project-token'),
    key('rotate GitHub/Bitbucket OAuth and AWS tokens', 'forge', 'partner-oauth'),
  ],
  'internet-archive-2024': [
    key('revoke GitLab token', 'forge', 'config-token'),
    key('revoke each incl. Zendesk', 'support-desk', 'zendesk-token'),
  ],
  'snowflake-2024': [
    {
      step: 'disable account',
      target: 'warehouse',
      identity: 'demo-account',
      entry: { credentialKind: 'password', idleDays: 400 },
      says: 'credential-misuse',
      is: 'dormant awake',
      grain: 'identity',
      attack: [
        { atMs: 0, do: 'login' },
        { atMs: 100, do: 'use', everyMs: 500 },
      ],
    },
  ],
  'midnight-blizzard-2024': [
    {
      step: 'disable apps AND service principals',
      target: 'tenant',
      identity: 'legacy-test-app',
      entry: { kind: 'oauth-app', credentialKind: 'client-secret' },
      says: 'anomalous-behaviour',
      is: 'consent abused',
      grain: 'identity',
      attack: [
        { atMs: 0, do: 'use', everyMs: 100 },
        { atMs: 100, do: 'mint', as: 'new-identity' },
      ],
      respawns: true,
    },
    key('hunt secrets in mail and rotate', 'cloud', 'secret-in-mail'),
  ],
  'deepseek-2025': [
    key('rotate every key present in log_stream', 'production', 'chat-backend', {
      entry: { livesHours: 12 },
      is: 'ephemeral in log',
    }),
  ],
  'dropbox-sign-2024': [
    {
      step: 'disable service account',
      target: 'production',
      identity: 'automation-service',
      entry: { idleDays: 2 },
      says: 'anomalous-behaviour',
      names: 'identity',
      is: 'unclear',
      grain: 'identity',
    },
    key('restrict API keys then rotate', 'partner-api', 'api-key'),
    key('rotate OAuth', 'forge', 'oauth-token'),
  ],
};

function readCases(): readonly Case[] {
  if (!existsSync(FILE)) return [];
  // The file is a fixed reference beside the checkout.
  const read = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly cases: readonly Case[] };
  return read.cases;
}

const CASES = readCases();
/** Alerts come late: what it minted shortly before is suspect too. */
const LOOK_BACK_MS = 60_000;
const STAYS: readonly AttackStep[] = [{ atMs: 0, do: 'use', everyMs: 500 }];

async function viewOf(story: Story, leak: Leak): Promise<IncidentView | null> {
  for (const { id, identities } of await story.engine.response.incidents({ limit: 50 })) {
    if (identities.some((one) => one.name === leak.identity && one.target === leak.target))
      return await story.engine.response.incident(id);
  }
  return null;
}

/** People say yes to whatever is asked, until it holds. */
async function untilHeld(story: Story, leak: Leak): Promise<IncidentView> {
  for (let times = 0; times < 240; times += 1) {
    await story.pass('1 s');
    const view = await viewOf(story, leak);
    if (view?.standing.contained === true && view.windows.every((one) => one.window !== 'W1'))
      return view;
    const open = view?.decisions.find((one) => one.state === 'open' && one.kind === 'contain');
    if (open !== undefined) await story.person('mia').approves(open);
  }
  const view = await viewOf(story, leak);
  throw new Error(`${leak.identity}: ${view?.standing.sentence ?? 'no incident'}`);
}

async function play(story: Story, part: Part): Promise<{ view: IncidentView; firstMs: number }> {
  const { target, identity, says, names = 'credential' } = part;
  const [made] = story.world.addMember(target, { identity });
  const leak = present(made, 'a member has a credential');
  await catalogue(story, [leak], part.entry);
  story.world.attack({ leak, steps: part.attack ?? STAYS });
  if (part.respawns === true) await story.pass('300 ms');
  await story.report(leak, { type: says, names, by: 'detector' });
  const view = await untilHeld(story, leak);
  const effects = story.world
    .target(target)
    .audit.read({ plane: 'control', actor: 'firebreak', identity, limit: 1000 })
    .filter((entry) => entry.effects > 0);
  return { view, firstMs: effects[0]?.atMs ?? Infinity };
}

async function expectItReadsTrue(story: Story, part: Part, id: Id<'incident'>): Promise<void> {
  const timeline = (await story.engine.response.timeline(id)).map(({ text }) => text);
  const told = timeline.join('\n');
  expect(told).toContain(`It is about ${part.identity} on ${part.target}; ${part.is}: `);
  const entries = await readEntries(story.engine.ledger, id);
  const isolating = ofKind(entries, 'cut.planned').filter(
    ({ data }) => data.plan.order.guarantee === 'G4' && data.plan.subject.descendantOf === null,
  );
  expect(isolating.map(({ data }) => data.plan.order.grain)).toContain(part.grain);
  const at = (words: string): number => timeline.findIndex((text) => text.startsWith(words));
  const order = [
    'Signal',
    'Planned:',
    'Authorised',
    'The way back',
    'Applied:',
    'Proven:',
    'Contained',
  ];
  const places = order.map(at);
  expect(places.every((place) => place >= 0)).toBe(true);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  // Contained is said only once what was minted is dead too.
  const contained = at('Contained');
  const minted = timeline.findIndex((text) => text.startsWith('Proven: isolate credential'));
  expect(minted >= 0 && minted < contained).toBe(part.respawns === true);
}

tellOnBothStores('a breach that happened', (open) => {
  it.skipIf(CASES.length === 0)('is one of the ten that are told here', () => {
    expect(Object.keys(PARTS).toSorted()).toEqual(CASES.map(({ id }) => id).toSorted());
  });

  for (const { id, name, containment_in_order: steps } of CASES) {
    it(`${name}: what was compromised is cut, in the order of the case, and no more`, async () => {
      const parts = PARTS[id] ?? [];
      const names = [...new Set(parts.map(({ target }) => target))];
      const targets = names.map((target) => ({ name: target, like: 'ci', identities: 1 }));
      const story = await tell(open, {
        targets,
        charter: { revokes: false, protectedTargets: [] },
        settings: { lookBackMs: LOOK_BACK_MS },
      });
      const places = parts.map(({ step }) => steps.findIndex((one) => one.includes(step)));
      expect(places.every((place) => place >= 0)).toBe(true);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      const firsts: number[] = [];
      for (const part of parts) {
        const { view, firstMs } = await play(story, part);
        firsts.push(firstMs);
        await expectItReadsTrue(story, part, view.id);
      }
      expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
      // Nobody who was not named has lost anything, and no attacker has kept anything.
      expect(story.world.truth()).toMatchObject({
        attackerWillHaveAccess: false,
        mintedAlive: 0,
        workloadsBroken: [],
      });
    });
  }
});
