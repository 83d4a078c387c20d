import type { Connector } from '../../../src/connectors/contract.ts';
import type { Handovers } from '../../../src/response/index.ts';
import type { Store } from '../../../src/store/index.ts';

/** One life of one node. What it asked for before it died may still happen; it learns of nothing any more. */
export interface Life {
  readonly isAlive: () => boolean;
  readonly die: () => void;
  readonly death: Promise<void>;
  /** Dies with the n-th write from now on: committed, and never acknowledged to it. */
  readonly dieAtWrite: (count: number) => void;
  readonly wrote: () => boolean;
}

export function createLife(): Life {
  const end = Promise.withResolvers<void>();
  let alive = true;
  let left = Infinity;
  const die = (): void => {
    alive = false;
    end.resolve();
  };
  return {
    isAlive: () => alive,
    death: end.promise,
    die,
    dieAtWrite: (count) => {
      left = count;
    },
    wrote: () => {
      left -= 1;
      if (left <= 0) die();
      return alive;
    },
  };
}

const NEVER = new Promise<never>(() => undefined);

export function mortalStore(store: Store, life: Life): Store {
  const bound = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (!life.isAlive()) return await NEVER;
    const value = await work();
    return life.isAlive() ? value : await NEVER;
  };
  return {
    ...store,
    query: (statement) => bound(() => store.query(statement)),
    transaction: (work) => bound(() => store.transaction(work)),
    write: async (commands, lane) => {
      const results = await bound(() => store.write(commands, lane));
      return life.wrote() ? results : await NEVER;
    },
    wake: (channel) => {
      if (life.isAlive()) store.wake(channel);
    },
    onWake: (channel, listener) =>
      store.onWake(channel, () => {
        if (life.isAlive()) listener();
      }),
    // The store itself outlives the node.
    close: () => Promise.resolve(),
  };
}

type Bound = <Value>(call: () => Promise<Value>) => Promise<Value>;

function boundTo(life: Life): Bound {
  return async (call) => {
    if (!life.isAlive()) return await NEVER;
    try {
      const value = await call();
      return life.isAlive() ? value : await NEVER;
    } catch (error) {
      if (life.isAlive()) throw error;
      return await NEVER;
    }
  };
}

export function mortalHandovers({ stores, bindings }: Handovers, life: Life): Handovers {
  const bound = boundTo(life);
  const mortal = [...stores].map(([name, store]) => {
    const { kind } = store;
    const read: typeof store.read = (place, account) => bound(() => store.read(place, account));
    const write: typeof store.write = (order) => bound(() => store.write(order));
    return [name, { kind, read, write }] as const;
  });
  return { stores: new Map(mortal), bindings };
}

export function mortalConnector(connector: Connector, life: Life): Connector {
  const bound = boundTo(life);
  const { changes, rotation } = connector;
  return {
    describe: connector.describe,
    discover: (scope, context) => bound(() => connector.discover(scope, context)),
    captureEvidence: (subject, context) => bound(() => connector.captureEvidence(subject, context)),
    prepare: (order, context) => bound(() => connector.prepare(order, context)),
    apply: (order, context) => bound(() => connector.apply(order, context)),
    readBack: (order, context) => bound(() => connector.readBack(order, context)),
    probe: (request, context) => bound(() => connector.probe(request, context)),
    revert: (order, context) => bound(() => connector.revert(order, context)),
    ...(changes && {
      changes: (subject, since, context) => bound(() => changes(subject, since, context)),
    }),
    ...(rotation && {
      rotation: {
        ...rotation,
        mint: (order, context) => bound(() => rotation.mint(order, context)),
        retire: (order, context) => bound(() => rotation.retire(order, context)),
        ...(rotation.uses && {
          uses: (
            (ask) => (query, context) =>
              bound(() => ask(query, context))
          )(rotation.uses),
        }),
      },
    }),
  };
}
