import type { Random } from '../../../src/kernel/index.ts';
import { openStore, type Store, type StorePlace } from '../../../src/store/index.ts';
import type { Desk } from './cases.ts';
import { compare } from './ending.ts';
import type { Finding } from './judge.ts';
import { settleAll, sleepMs } from './life.ts';
import { killChildren } from './process.ts';
import { createSenders, type Senders } from './senders.ts';
import { install, type Installation, type ServerProcess, startServe } from './server.ts';
import { createSupply, identitiesFor } from './supply.ts';
import { startWorld, type World } from './world.ts';

const CASES = 24;
/** Within this the other node has everything, however many windows, probes and waits lie in between. */
const FINISHED_MS_MAX = 15_000 + 15_000;
const FROZEN_MS = 10_000;
const STRIKES_MAX = 8;

export interface TwoNodesReport {
  readonly findings: readonly Finding[];
  readonly incidents: number;
  /** Steps that the node held when it was struck. */
  readonly heldByFrozen: number;
  readonly heldByKilled: number;
}

interface Play {
  readonly world: World;
  readonly installation: Installation;
  readonly senders: Senders;
  readonly store: Store;
  readonly newCases: (count: number) => Promise<void>;
}

export async function playTwoNodes(options: {
  readonly seed: number;
  readonly random: Random;
  readonly place: StorePlace;
  readonly directory: string;
}): Promise<TwoNodesReport> {
  const { seed, random, place, directory } = options;
  const identitiesPerTarget = identitiesFor(CASES * (2 * STRIKES_MAX + 1));
  const world = await startWorld({ seed, identitiesPerTarget });
  const installation = await install(world, place, directory);
  const store = await openStore(place);
  try {
    const senders = createSenders(random);
    const supply = await createSupply(world, random);
    const newCases = async (count: number): Promise<void> => {
      senders.cases.push(...(await supply(count)));
    };
    const play = { world, installation, senders, store, newCases };
    const [first, second] = await Promise.all([
      startServe(installation, { node: 'first' }),
      startServe(installation, { node: 'second' }),
    ]);
    const heldByFrozen = await freeze(play, first, second);
    const heldByKilled = await kill(play, second, first);
    const seen = await senders.checkpoint(deskOf(installation, [first]));
    first.child.signal('SIGKILL');
    await first.child.ended;
    const checkpoints = seen === null ? [] : [seen];
    const ending = { world, installation, senders, checkpoints, place, directory };
    const { findings } = await compare(ending);
    return { findings, incidents: senders.cases.length, heldByFrozen, heldByKilled };
  } finally {
    await store.close();
    await world.stop();
    killChildren();
  }
}

/** Requests go to the nodes in turn, as behind a balancer. */
function deskOf(installation: Installation, nodes: readonly ServerProcess[]): Desk {
  let turn = 0;
  return {
    installation,
    get url() {
      turn += 1;
      return nodes[turn % nodes.length]?.url ?? '';
    },
  };
}

/** Sends a wave to both and strikes one in the middle of it, until it held something then. */
async function strike(
  { installation, senders, store, newCases }: Play,
  struck: ServerProcess,
  other: ServerProcess,
  signal: 'SIGKILL' | 'SIGSTOP',
): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    await newCases(CASES);
    let isOver = false;
    const sending = senders.sendUntil(deskOf(installation, [struck, other]), () => isOver);
    await sleepMs(400 + 100 * tries);
    struck.child.signal('SIGSTOP');
    isOver = true;
    const held = await stuckSteps(store);
    if (held > 0 || tries === STRIKES_MAX) {
      if (signal === 'SIGKILL') struck.child.signal('SIGKILL');
      await sending;
      return held;
    }
    struck.child.signal('SIGCONT');
    await sending;
  }
}

/** Steps claimed by a node while no more of them move: those of a process that stands still. */
async function stuckSteps(store: Store): Promise<number> {
  const read = async (): Promise<ReadonlySet<string>> => {
    const sql = `select id, fence from step where state = 'claimed'`;
    const rows = await store.query({ sql, params: [] });
    return new Set(rows.map((row) => `${String(row['id'])}:${String(row['fence'])}`));
  };
  const before = await read();
  await sleepMs(1_000);
  const after = await read();
  return before.intersection(after).size;
}

async function freeze(play: Play, struck: ServerProcess, other: ServerProcess): Promise<number> {
  const { installation, senders } = play;
  const held = await strike(play, struck, other, 'SIGSTOP');
  const wakes = sleepMs(FROZEN_MS).then(() => {
    struck.child.signal('SIGCONT');
  });
  await finish(play, deskOf(installation, [other]), 'frozen');
  await wakes;
  // Long enough for everything that it had begun to come to its end, or to be refused.
  await sleepMs(2_000);
  if (struck.child.hasEnded())
    senders.wrong(`the node that woke up ended: ${struck.child.said().join(' ')}`);
  return held;
}

async function kill(play: Play, struck: ServerProcess, other: ServerProcess): Promise<number> {
  const held = await strike(play, struck, other, 'SIGKILL');
  await struck.child.ended;
  await finish(play, deskOf(play.installation, [other]), 'killed');
  return held;
}

async function finish({ world, senders }: Play, desk: Desk, how: string): Promise<void> {
  const isFinished = await settleAll(world, senders, desk, FINISHED_MS_MAX);
  if (isFinished) return;
  const left = senders.cases.filter((one) => !one.settled).map(({ name }) => name);
  senders.wrong(`${FINISHED_MS_MAX} ms after a node was ${how}: ${left.join(', ')}`);
}
