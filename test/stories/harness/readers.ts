import type { HandoverStore } from '../../../src/handover/index.ts';
import { reveal, Secret } from '../../../src/kernel/index.ts';
import type { Handovers } from '../../../src/response/index.ts';
import type { World, WorkloadStatus } from '../../../src/world/index.ts';

/** How long after a write each consumer takes what was written; null: it never looks. Undefined: it has no store. */
export type ReaderChoice = (workload: WorkloadStatus) => number | null | undefined;

const VAULT = 'vault';

/** A store of the simulated organisation, as Firebreak writes it. */
export function storeOfWorld(world: World): HandoverStore {
  return {
    kind: 'simulated',
    read: ({ key }) => {
      const entry = world.vaults.read(VAULT, key);
      const secret = entry === null ? null : new Secret(entry.secret);
      const version = world.vaults.version(VAULT, key);
      return Promise.resolve({ version, secret, account: entry?.account ?? null });
    },
    write: ({ place: { key }, secret, account, expect }) => {
      const version = world.vaults.version(VAULT, key);
      if (version !== expect) return Promise.resolve({ state: 'conflict', version });
      world.vaults.write(VAULT, key, { account, secret: reveal(secret) });
      return Promise.resolve({ state: 'done', version: world.vaults.version(VAULT, key) });
    },
  };
}

/** Gives consumers a store that they read their credential from, and tells Firebreak where each of them reads. */
export function furnishReaders(world: World, choose: ReaderChoice): Handovers {
  const bindings = world.workloads().flatMap((workload) => {
    const pickUpMs = choose(workload);
    if (pickUpMs === undefined) return [];
    const { name, target, credential } = workload;
    const secret = world.target(target).secretOf(credential);
    world.vaults.write(VAULT, name, { account: null, secret });
    world.addWorkload({ ...workload, store: { vault: VAULT, key: name, pickUpMs } });
    const place = { store: VAULT, key: name };
    return [{ consumer: name, target, place, seenAs: `workload:${name}` }];
  });
  return { stores: new Map([[VAULT, storeOfWorld(world)]]), bindings };
}
