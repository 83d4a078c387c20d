import { createHash } from 'node:crypto';
import type { Connector } from '../../connectors/contract.ts';
import { connectWorld } from '../../connectors/world/index.ts';
import { type Clock, reveal, Secret } from '../../kernel/index.ts';
import type { Overrides, RunningServer } from '../server.ts';
import { northlakeCharter, northlakeRoster } from '../northlake-charter.ts';
import type { Source } from './scenarios.ts';
import type { Line } from '../organisation/book.ts';
import { describeOrganisation, ORGANISATION_IDENTITIES } from '../organisation/organisation.ts';
import { organisationMembers } from '../organisation/roster.ts';
import { spawnWorld, type WorldProcess } from './world-process.ts';

/** The simulated organisation and everything a server needs to respond for it. */
export interface DemoOrganisation {
  readonly world: WorldProcess;
  readonly scanner: Source;
  readonly detector: Source;
  readonly owner: Source;
  readonly overrides: Overrides;
  /** Once the server runs: its inventory, and the rehearsals that the mandates ask for. */
  readonly moveIn: (running: RunningServer) => Promise<void>;
}

/** Patience for a demonstration: everything happens within seconds. */
const QUICK = {
  probeIntervalMs: 250,
  inconclusiveMs: 5_000,
  reprobeMs: 15_000,
  evidenceFuseMs: 10_000,
  watchMs: 400,
  watchMsMax: 5_000,
  restoreGraceMs: 15_000,
} as const;

export async function openDemoOrganisation(options: {
  readonly worldPort: number;
  readonly seed: number;
  readonly clock: Clock;
  /** With the inventory of the whole organisation, not only what the world holds. */
  readonly furnished: boolean;
}): Promise<DemoOrganisation> {
  const { seed, clock } = options;
  const { ready } = await spawnWorld({ port: options.worldPort, seed });
  // The process takes its time to start; by then the description is written.
  const atMs = clock.nowMs();
  const surroundings = options.furnished
    ? describeOrganisation({ seed, atMs, identities: ORGANISATION_IDENTITIES })
    : [];
  const members = options.furnished ? organisationMembers({ seed, atMs }) : [];
  const world = await ready;
  const connectors = await connectAll(world);
  const source = (name: string): Source => ({ name, secret: sourceSecret(world.adminToken, name) });
  const [scanner, detector, owner] = [
    source('secret-scanner'),
    source('behaviour-detector'),
    source('owner-desk'),
  ];
  return {
    world,
    scanner,
    detector,
    owner,
    overrides: {
      adoptFiles: true,
      connectors,
      sources: [scanner, detector, owner].map((one) => ({
        ...one,
        confidenceMax: 'proven' as const,
      })),
      charter: northlakeCharter(clock.nowMs(), {
        protectedTargets: [...connectors.keys()],
      }),
      roster: northlakeRoster(members),
      response: QUICK,
    },
    moveIn: async (running) => {
      await moveIn(world, running, [...connectors.keys()]);
      await furnish(running, surroundings);
    },
  };
}

/** New with every start of the world, so nothing that signs for the demo is ever a default password. */
function sourceSecret(adminToken: Secret, name: string): Secret {
  return new Secret(
    createHash('sha256')
      .update(`${reveal(adminToken)}:${name}`)
      .digest('hex'),
  );
}

async function connectAll(world: WorldProcess): Promise<ReadonlyMap<string, Connector>> {
  const targets = await world.targets();
  const opened = await Promise.all(
    targets.map(async ({ name, token, controlSecret }) => {
      const connector = await connectWorld({ target: name, url: world.url, token, controlSecret });
      return [name, connector] as const;
    }),
  );
  return new Map(opened);
}

async function moveIn(
  world: WorldProcess,
  running: RunningServer,
  targets: readonly string[],
): Promise<void> {
  const { inventory, authority, dependencies, store, clock } = running.parts;
  const lines = (await world.inventory()).split('\n').filter((line) => line !== '');
  await inventory.importRecords(lines, { source: 'world' });
  await dependencies.refresh();
  for (const target of targets) {
    await store.write(authority.recordRehearsal({ target, atMs: clock.nowMs() }));
  }
}

const INVENTORY_SOURCE = 'northlake';

/** Once: an organisation that grew new ages with every start would be another one. */
async function furnish({ parts }: RunningServer, lines: readonly Line[]): Promise<void> {
  const { inventory } = parts;
  const known = await inventory.sources();
  if (lines.length === 0 || known.some(({ name }) => name === INVENTORY_SOURCE)) return;
  // The map and the lists follow by themselves.
  await inventory.importRecords(lines, { source: INVENTORY_SOURCE, mode: 'snapshot' });
}
