import { FirebreakError, LIMITS, isFirebreakError, messageOf, stopPoint } from '../kernel/index.ts';
import type { Clock, Log } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { openCheckpoint, parseVerifierKey, signCheckpoint, type Signer } from './checkpoint.ts';
import { readHead, readUnsealed, releaseLeaseCommand, renewLeaseCommand } from './store.ts';
import { sealCommands, takeLeaseCommand, type LedgerHead } from './store.ts';
import { EMPTY_FRONTIER, appendLeaves, frontierRoot, sameHash } from './tree.ts';
import type { Frontier, TreeNode } from './tree.ts';

export interface SealerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly log: Log;
  readonly nodeId: string;
  /** Called after each sealing of this node. */
  readonly onSealed: () => void;
}

export interface SealerStatus {
  /** True on the node that seals now. */
  readonly isHolder: boolean;
  /** Size of the tree as this node last knew it. */
  readonly size: number;
  /** Why sealing does not go on, or null. */
  readonly problem: string | null;
}

export interface Sealer {
  readonly start: () => Promise<void>;
  /** Entries were committed: seal soon. */
  readonly written: () => void;
  /** Seals everything that is committed, on this node, taking the lease over if it must. */
  readonly sealNow: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly status: () => SealerStatus;
}

const WRITTEN = 'ledger.written';
/** A tile of the tree: see migrations.ts. */
const TILE_LEVELS = 8;
const TILE_LEVEL_MAX = 24;

/** The tree to build on, and the fence it was read under. */
interface Held {
  readonly fence: number;
  readonly frontier: Frontier;
  /** False: the next sealing takes the lease over in the same write. */
  readonly isHolder: boolean;
}

/** The tree to build on, once it is known to be what this key signed. */
function trustedFrontier(head: LedgerHead, signer: Signer): Frontier {
  const { checkpoint, size } = head;
  if (checkpoint === null) {
    if (size === 0) return EMPTY_FRONTIER;
    throw new FirebreakError('ledger-corrupt', { problem: `there is no checkpoint of ${size}` });
  }
  const signed = openCheckpoint(checkpoint.note, parseVerifierKey(signer.verifierKey));
  if (signed.size !== size || !sameHash(signed.root, frontierRoot(checkpoint.frontier))) {
    throw new FirebreakError('ledger-corrupt', {
      problem: `the stored tree of ${size} entries is not the one that was signed`,
    });
  }
  return checkpoint.frontier;
}

class TreeSealer implements Sealer {
  readonly #options: SealerOptions;
  #held: Held | null = null;
  #size = 0;
  #problem: string | null = null;
  #isRunning = false;
  #isDirty = false;
  #soon: (() => void) | null = null;
  #later: (() => void) | null = null;
  #lastLeaseMs = Number.NEGATIVE_INFINITY;
  #turn: Promise<unknown> = Promise.resolve();
  #offWake: () => void = () => undefined;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  readonly start = async (): Promise<void> => {
    const { store } = this.#options;
    this.#isRunning = true;
    this.#offWake = store.onWake(WRITTEN, () => {
      if (this.#held !== null) this.#run();
    });
    await this.#inTurn(async () => {
      // The embedded store has one process, so whoever held the lease is dead.
      this.#held = await this.#take(store.dialect === 'sqlite');
    });
    this.#run();
  };

  readonly written = (): void => {
    this.#isDirty = true;
    if (!this.#isRunning || this.#soon !== null) return;
    const { clock } = this.#options;
    this.#soon = clock.timer(clock.nowMs() + LIMITS.sealDelayMs, this.#run);
  };

  readonly sealNow = (): Promise<void> =>
    this.#inTurn(async () => {
      for (let attempt = 0; attempt < LIMITS.sealAttemptsMax; attempt += 1) {
        if (await this.#sealAll()) return;
      }
      throw new FirebreakError('store-conflict', { waiting: 'the lease of the sealer' });
    });

  readonly stop = async (): Promise<void> => {
    const { store } = this.#options;
    this.#isRunning = false;
    this.#cancelTimers();
    this.#offWake();
    await this.#inTurn(async () => {
      if (this.#held === null) return;
      try {
        await this.#sealBatches(this.#held);
        await store.write([releaseLeaseCommand(this.#held.fence)]);
      } catch (error) {
        this.#note(error);
      }
      this.#held = null;
    });
  };

  readonly status = (): SealerStatus => ({
    isHolder: this.#held !== null,
    size: this.#size,
    problem: this.#problem,
  });

  /** One at a time: a sealing knows the tree it builds on. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #cancelTimers(): void {
    this.#soon?.();
    this.#later?.();
    this.#soon = null;
    this.#later = null;
  }

  readonly #run = (): void => {
    if (!this.#isRunning) return;
    this.#cancelTimers();
    const { clock } = this.#options;
    this.#later = clock.timer(clock.nowMs() + LIMITS.sealIntervalMs, this.#run);
    // #tick notes its own failures.
    void this.#inTurn(() => this.#tick());
  };

  async #tick(): Promise<void> {
    if (!this.#isRunning) return;
    const isDirty = this.#isDirty;
    this.#isDirty = false;
    try {
      if (this.#held === null && this.#isLeaseDue()) this.#held = await this.#take(false);
      if (this.#held === null) {
        if (isDirty) this.#options.store.wake(WRITTEN);
        return;
      }
      const sealed = await this.#sealBatches(this.#held);
      if (sealed === 0 && this.#isLeaseDue()) await this.#renew(this.#held.fence);
      this.#problem = null;
    } catch (error) {
      this.#note(error);
    }
  }

  /** Asking for the lease, or keeping it, once a third of its length; the embedded store needs neither. */
  #isLeaseDue(): boolean {
    const { store, clock } = this.#options;
    if (this.#held !== null && store.dialect === 'sqlite') return false;
    return Math.abs(clock.nowMs() - this.#lastLeaseMs) >= LIMITS.sealLeaseMs / 3;
  }

  async #renew(fence: number): Promise<void> {
    const { store, clock } = this.#options;
    this.#lastLeaseMs = clock.nowMs();
    await store.write([renewLeaseCommand(store, fence)]);
  }

  async #take(force: boolean): Promise<Held | null> {
    const { store, clock, signer, nodeId } = this.#options;
    this.#lastLeaseMs = clock.nowMs();
    const [taken] = await store.write([takeLeaseCommand(store, nodeId, force)]);
    if (taken === undefined || taken.count === 0) return null;
    const head = await readHead(store);
    // Somebody was faster between the two statements: theirs is the newer fence.
    if (head.fence !== taken.rows[0]?.['fence']) return null;
    this.#size = head.size;
    return { fence: head.fence, frontier: trustedFrontier(head, signer), isHolder: true };
  }

  /** Of several that seal at once one comes through, so a conflict means that the ledger went on. */
  async #sealAll(): Promise<boolean> {
    const { store, signer } = this.#options;
    try {
      let held = this.#held;
      if (held === null) {
        const head = await readHead(store);
        held = { fence: head.fence, frontier: trustedFrontier(head, signer), isHolder: false };
      }
      await this.#sealBatches(held);
      return true;
    } catch (error) {
      this.#held = null;
      if (isFirebreakError(error, 'store-conflict')) return false;
      throw error;
    }
  }

  async #sealBatches(held: Held): Promise<number> {
    let current = held;
    let sealed = 0;
    for (;;) {
      const count = await this.#sealBatch(current);
      sealed += count;
      if (count < LIMITS.sealBatchMax) return sealed;
      current = this.#held ?? current;
    }
  }

  async #sealBatch({ fence, frontier: old, isHolder }: Held): Promise<number> {
    const { store, clock, signer, nodeId, onSealed } = this.#options;
    const entries = await readUnsealed(store, LIMITS.sealBatchMax);
    if (entries.length === 0) return 0;
    const nodes: TreeNode[] = [];
    const leaves = entries.map(({ leaf }) => leaf);
    const frontier = appendLeaves(old, leaves, (node) => {
      const isTile = node.level > 0 && node.level % TILE_LEVELS === 0;
      if (isTile && node.level <= TILE_LEVEL_MAX) nodes.push(node);
    });
    const { size } = frontier;
    const root = frontierRoot(frontier);
    const note = signCheckpoint({ size, root, extensions: [] }, signer);
    const checkpoint = { size, root, frontier, note };
    const seqs = entries.map(({ seq }) => seq);
    const nextFence = isHolder ? fence : fence + 1;
    const fences = { fence, nextFence, owner: nodeId };
    const place = { from: old.size, seqs, nodes, checkpoint, atMs: clock.nowMs() };
    stopPoint('before-seal');
    await store.write(sealCommands(store, { ...fences, ...place }));
    stopPoint('after-seal');
    this.#held = { fence: nextFence, frontier, isHolder: true };
    this.#size = size;
    this.#lastLeaseMs = clock.nowMs();
    onSealed();
    return entries.length;
  }

  /** After any failure the outcome is unknown: the next try starts from what the store says. */
  #note(error: unknown): void {
    this.#held = null;
    this.#isDirty = true;
    // Another node has taken over, or the same write came through after all.
    if (isFirebreakError(error, 'store-conflict')) return;
    this.#problem = messageOf(error);
    this.#options.log.error(
      { err: error },
      'the ledger cannot be sealed; entries are safe and wait',
    );
  }
}

export function createSealer(options: SealerOptions): Sealer {
  return new TreeSealer(options);
}
