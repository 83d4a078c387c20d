import {
  type Engine,
  MIGRATIONS,
  northlakeCharter,
  NORTHLAKE_ROSTER,
} from '../../../src/app/index.ts';
import type { Connector } from '../../../src/connectors/contract.ts';
import { isFirebreakError, present, realClock, sleep } from '../../../src/kernel/index.ts';
import type { Handovers, RotationDetail, RotationSettings } from '../../../src/response/index.ts';
import {
  cleanUp,
  createDirectoryForTest,
  createSqliteForTest,
} from '../../../src/store/testing.ts';
import { startStoryNode } from './node.ts';

/** A node that lives in real time, for stories about real servers: those have no clock that a test could push. */
export interface LiveStory {
  readonly target: string;
  readonly connector: Connector;
  readonly handovers: Handovers;
  readonly rotationSettings: Partial<RotationSettings>;
}

const CALL = { idempotencyKey: 'of-a-story', timeoutMs: 10_000 };

export async function tellLive(story: LiveStory): Promise<Engine> {
  const { target, connector, handovers, rotationSettings } = story;
  const store = await createSqliteForTest();
  await store.migrate(MIGRATIONS, { apply: true });
  const { engine } = await startStoryNode({
    store,
    clock: realClock,
    directory: createDirectoryForTest(),
    charter: northlakeCharter(realClock.nowMs(), { name: 'northlake' }),
    roster: NORTHLAKE_ROSTER,
    adoptFiles: true,
    notifier: { notify: () => Promise.resolve({ reached: true, channel: 'push' }) },
    sources: [],
    connectors: new Map([[target, connector]]),
    settings: {},
    handovers,
    rotationSettings,
  });
  cleanUp(() => engine.stop(0));
  return engine;
}

/** What the connector knows at this moment, as `firebreak sync` takes it in. */
export async function syncLive(engine: Engine, { target, connector }: LiveStory): Promise<void> {
  const sync = present(connector.inventory, 'it brings an inventory');
  const lines: object[] = [];
  const seen: object[] = [];
  for await (const { source, ...line } of sync(CALL)) {
    (source === 'observed' ? seen : lines).push(line);
  }
  const { inventory } = engine;
  const reports = [
    await inventory.importRecords(lines, { source: target, mode: 'snapshot', shrinkShareMax: 1 }),
    await inventory.importRecords(seen, { source: `${target}/observed` }),
  ];
  const rejected = reports.flatMap((report) => report.rejected);
  if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
}

/** A client is seen only while it is connected: looks again until every one of them was. */
export async function syncUntilSeen(engine: Engine, story: LiveStory): Promise<void> {
  const { bindings } = story.handovers;
  const isSeen = async (consumer: string): Promise<boolean> => {
    try {
      await engine.inventory.idOf(`${story.target}:consumer:${consumer}`);
      return true;
    } catch (error) {
      if (!isFirebreakError(error, 'node-unknown')) throw error;
      return false;
    }
  };
  for (;;) {
    await syncLive(engine, story);
    const seen = await Promise.all(bindings.map((one) => isSeen(one.consumer)));
    if (seen.every(Boolean)) return;
    await sleep(realClock, USE_EVERY_MS);
  }
}

const TURN_MS = 50;
const PATIENCE_MS = 30_000;

/** Waits until it is so; fails with what happened instead. */
export async function untilLive(
  engine: Engine,
  id: string,
  holds: (rotation: RotationDetail) => boolean,
): Promise<RotationDetail> {
  const untilMs = realClock.nowMs() + PATIENCE_MS;
  for (;;) {
    const rotation = await engine.response.rotation(id);
    if (holds(rotation)) {
      // What follows from it is being written down still.
      await engine.runner.idle();
      return rotation;
    }
    if (realClock.nowMs() > untilMs) {
      const told = rotation.timeline.map((one) => one.text);
      throw new Error([rotation.sentence, ...told].join('\n'));
    }
    await sleep(realClock, TURN_MS);
  }
}

/** The one step that renews something; what is only cached goes with its sessions. */
export function renewedIn({ steps }: RotationDetail): RotationDetail['steps'][number] {
  return present(
    steps.find((step) => step.consumers.length > 0),
    'somebody uses it',
  );
}

/** The account that takes the place of the old one. */
export function twinIn(step: RotationDetail['steps'][number]): string {
  const identity = step.replacement?.['identity'];
  return typeof identity === 'string' ? identity : '';
}

export interface Login {
  readonly account: string;
  readonly password: string;
}

/** One session: each call is a use of it. */
export interface LiveSession {
  readonly use: () => Promise<void>;
  readonly end: () => Promise<void>;
}

/** A real client: reads its credential, works with it for a moment, and connects again; on and on. */
export interface LiveConsumer {
  /** Everything that went wrong for it. */
  readonly refusals: readonly string[];
  /** How often it logged in as whom. */
  readonly logins: ReadonlyMap<string, number>;
  /** Once it has logged in so often. */
  readonly until: (logins: number) => Promise<void>;
}

const USES_A_SESSION = 4;
const USE_EVERY_MS = 25;

export function startConsumer(
  read: () => Login,
  open: (login: Login) => Promise<LiveSession>,
): LiveConsumer {
  const refusals: string[] = [];
  const logins = new Map<string, number>();
  let isRunning = true;
  const once = async (): Promise<void> => {
    const login = read();
    try {
      const session = await open(login);
      logins.set(login.account, (logins.get(login.account) ?? 0) + 1);
      for (let use = 0; use < USES_A_SESSION; use += 1) {
        await session.use();
        await sleep(realClock, USE_EVERY_MS);
      }
      await session.end();
    } catch (error) {
      refusals.push(`${login.account}: ${String(error)}`);
      await sleep(realClock, USE_EVERY_MS);
    }
  };
  const loop = (async () => {
    while (isRunning) await once();
  })();
  cleanUp(async () => {
    isRunning = false;
    await loop;
  });
  const count = (): number => logins.values().reduce((sum, each) => sum + each, 0);
  return {
    refusals,
    logins,
    until: async (wanted) => {
      while (count() < wanted && refusals.length === 0) await sleep(realClock, USE_EVERY_MS);
    },
  };
}
