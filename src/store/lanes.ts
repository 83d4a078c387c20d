import { FirebreakError, LIMITS } from '../kernel/index.ts';
import type { Command, CommandResult } from './model.ts';

export interface WaitingList {
  readonly commands: readonly Command[];
  readonly order: number;
  readonly resolve: (results: readonly CommandResult[]) => void;
  readonly reject: (error: Error) => void;
}

export interface Lanes {
  readonly write: (
    commands: readonly Command[],
    lane?: string,
  ) => Promise<readonly CommandResult[]>;
  readonly waiting: () => number;
  /** Resolves when nothing waits and nothing is in flight. */
  readonly drained: () => Promise<void>;
}

/** FNV-1a: the same lane name always meets the same connection. */
function laneNumber(name: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash % count;
}

/** The oldest lists of a lane's own queue and of the queue that any lane may take from. */
function takeGroup(own: WaitingList[], shared: WaitingList[]): readonly WaitingList[] {
  const group: WaitingList[] = [];
  let fromOwn = 0;
  let fromShared = 0;
  while (group.length < LIMITS.groupListsMax) {
    const one = own[fromOwn];
    const other = shared[fromShared];
    if (one !== undefined && (other === undefined || one.order < other.order)) {
      group.push(one);
      fromOwn += 1;
    } else if (other !== undefined) {
      group.push(other);
      fromShared += 1;
    } else {
      break;
    }
  }
  own.splice(0, fromOwn);
  shared.splice(0, fromShared);
  return group;
}

/** What takes turns shares one connection: two of a node would only wait for each other. */
const SERIAL_LANE = 0;

function laneOf(commands: readonly Command[], name: string | undefined, count: number): number {
  if (commands.some(({ serial }) => serial !== undefined)) return SERIAL_LANE;
  return name === undefined ? -1 : laneNumber(name, count);
}

interface Lane {
  readonly own: WaitingList[];
  busy: boolean;
}

/** `count` groups in flight; what arrives meanwhile shares the next. `commit` settles each list and never rejects. */
export function createLanes(
  count: number,
  commit: (group: readonly WaitingList[]) => Promise<void>,
): Lanes {
  const shared: WaitingList[] = [];
  const lanes = Array.from({ length: count }, (): Lane => ({ own: [], busy: false }));
  const drains: (() => void)[] = [];
  let order = 0;
  const waiting = (): number => lanes.reduce((sum, { own }) => sum + own.length, shared.length);
  const settleDrains = (): void => {
    if (lanes.some(({ busy }) => busy) || waiting() > 0) return;
    for (const drain of drains.splice(0)) drain();
  };
  const run = async (lane: Lane): Promise<void> => {
    while (lane.own.length + shared.length > 0) await commit(takeGroup(lane.own, shared));
    lane.busy = false;
    settleDrains();
  };
  const start = (lane: Lane | undefined): void => {
    if (lane === undefined || lane.busy) return;
    lane.busy = true;
    // What arrives in the same turn of the event loop shares the group.
    queueMicrotask(() => void run(lane));
  };
  return {
    write: (commands, name) =>
      new Promise((resolve, reject) => {
        if (waiting() >= LIMITS.groupQueueMax) {
          throw new FirebreakError('store-busy', { limit: LIMITS.groupQueueMax });
        }
        order += 1;
        const item = { commands, order, resolve, reject };
        const lane = lanes[laneOf(commands, name, count)];
        (lane?.own ?? shared).push(item);
        start(lane ?? lanes.find(({ busy }) => !busy));
      }),
    waiting,
    drained: () =>
      new Promise((resolve) => {
        drains.push(resolve);
        settleDrains();
      }),
  };
}
