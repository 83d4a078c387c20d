import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { LIMITS, messageOf } from '../kernel/index.ts';
import type { Log } from '../kernel/index.ts';
import { pipeline } from './postgres-pipeline.ts';
import { statement } from './statement.ts';
import type { WakeHub } from './wake-hub.ts';

const CHANNEL = 'firebreak_wake';
const RECONNECT_MS_MIN = 100;
const RECONNECT_MS_MAX = 5_000;
/** A connection that a firewall dropped says nothing; every hint would be lost until somebody asks. */
const PROBE_MS = 15_000;
/** One round trip, short enough for the time limit. */
const CHANNELS_PER_NOTIFY = 100;
/** Kept while there is no connection; hints may be lost. */
const CHANNELS_PENDING_MAX = 10_000;

/** Hints between nodes: one connection that listens and notifies, and comes back by itself. */
export interface NodeWaker {
  readonly wake: (channel: string) => void;
  readonly close: () => Promise<void>;
}

interface WakerState {
  client: pg.Client | undefined;
  closed: boolean;
  delayMs: number;
  timer: NodeJS.Timeout | undefined;
  sending: boolean;
}

export function createNodeWaker(config: pg.ClientConfig, hub: WakeHub, log: Log): NodeWaker {
  // Its own hints have reached this node already.
  const node = randomUUID();
  const state: WakerState = {
    client: undefined,
    closed: false,
    delayMs: RECONNECT_MS_MIN,
    timer: undefined,
    sending: false,
  };
  const pending = new Set<string>();
  const send = async (): Promise<void> => {
    const { client } = state;
    if (client === undefined || state.sending || pending.size === 0) return;
    state.sending = true;
    const channels = [...pending].slice(0, CHANNELS_PER_NOTIFY);
    for (const channel of channels) pending.delete(channel);
    const notify = channels.map((channel) =>
      statement('select pg_notify($1, $2)', CHANNEL, `${node} ${channel}`),
    );
    await pipeline(client, notify, LIMITS.storeConnectMsMax);
    state.sending = false;
    await send();
  };
  const receive = (payload: string): void => {
    const [from, ...channel] = payload.split(' ');
    if (from !== node) hub.wake(channel.join(' '));
  };
  const reconnectLater = (problem: string): void => {
    state.client = undefined;
    if (state.closed || state.timer !== undefined) return;
    log.warn({ problem, retryInMs: state.delayMs }, 'wake-ups between nodes are interrupted');
    state.timer = setTimeout(() => {
      state.timer = undefined;
      void connect();
    }, state.delayMs);
    state.timer.unref();
    state.delayMs = Math.min(state.delayMs * 2, RECONNECT_MS_MAX);
  };
  const connect = async (): Promise<void> => {
    const client = new pg.Client(config);
    client.on('error', () => undefined);
    client.on('notification', ({ payload }) => {
      receive(payload ?? '');
    });
    client.once('end', () => {
      if (state.client === client) reconnectLater('the connection ended');
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      void client.end().catch(() => undefined);
      reconnectLater(messageOf(error));
      return;
    }
    if (state.closed) {
      await client.end().catch(() => undefined);
      return;
    }
    state.client = client;
    state.sending = false;
    state.delayMs = RECONNECT_MS_MIN;
    // Hints were lost while nobody listened.
    hub.wakeAll();
    void send();
  };
  const probe = setInterval(() => {
    const { client } = state;
    if (client === undefined || state.sending) return;
    void pipeline(client, [statement('select 1')], LIMITS.storeConnectMsMax);
  }, PROBE_MS);
  probe.unref();
  const connecting = connect();
  return {
    wake: (channel) => {
      if (state.closed || pending.size >= CHANNELS_PENDING_MAX) return;
      pending.add(channel);
      // What comes in the same turn goes in one round trip.
      if (pending.size === 1) queueMicrotask(() => void send());
    },
    close: async () => {
      await connecting;
      await send();
      state.closed = true;
      clearInterval(probe);
      clearTimeout(state.timer);
      await state.client?.end().catch(() => undefined);
    },
  };
}
