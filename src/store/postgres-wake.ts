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
export class NodeWaker {
  readonly #config: pg.ClientConfig;
  readonly #hub: WakeHub;
  readonly #log: Log;
  /** Its own hints have reached this node already. */
  readonly #node = randomUUID();
  readonly #pending = new Set<string>();
  readonly #probe: NodeJS.Timeout;
  readonly #firstConnect: Promise<void>;
  #client: pg.Client | undefined;
  #closed = false;
  #sending = false;
  #delayMs = RECONNECT_MS_MIN;
  #timer: NodeJS.Timeout | undefined;

  constructor(config: pg.ClientConfig, hub: WakeHub, log: Log) {
    this.#config = config;
    this.#hub = hub;
    this.#log = log;
    this.#probe = setInterval(() => {
      if (this.#client === undefined || this.#sending) return;
      void pipeline(this.#client, [statement('select 1')], LIMITS.storeConnectMsMax);
    }, PROBE_MS);
    this.#probe.unref();
    this.#firstConnect = this.#connect();
  }

  wake(channel: string): void {
    if (this.#closed || this.#pending.size >= CHANNELS_PENDING_MAX) return;
    this.#pending.add(channel);
    // What comes in the same turn goes in one round trip.
    if (this.#pending.size === 1) queueMicrotask(() => void this.#send());
  }

  async close(): Promise<void> {
    await this.#firstConnect;
    await this.#send();
    this.#closed = true;
    clearInterval(this.#probe);
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }

  async #send(): Promise<void> {
    while (this.#client !== undefined && !this.#sending && this.#pending.size > 0) {
      this.#sending = true;
      const channels = [...this.#pending].slice(0, CHANNELS_PER_NOTIFY);
      for (const channel of channels) this.#pending.delete(channel);
      const notify = channels.map((channel) =>
        statement('select pg_notify($1, $2)', CHANNEL, `${this.#node} ${channel}`),
      );
      await pipeline(this.#client, notify, LIMITS.storeConnectMsMax);
      this.#sending = false;
    }
  }

  #receive(payload: string): void {
    const space = payload.indexOf(' ');
    if (payload.slice(0, space) !== this.#node) this.#hub.wake(payload.slice(space + 1));
  }

  async #connect(): Promise<void> {
    const client = new pg.Client(this.#config);
    client.on('error', () => undefined);
    client.on('notification', ({ payload }) => {
      this.#receive(payload ?? '');
    });
    client.once('end', () => {
      if (this.#client === client) this.#reconnectLater('the connection ended');
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      void client.end().catch(() => undefined);
      this.#reconnectLater(messageOf(error));
      return;
    }
    if (this.#closed) {
      await client.end().catch(() => undefined);
      return;
    }
    this.#client = client;
    this.#delayMs = RECONNECT_MS_MIN;
    // Hints were lost while nobody listened.
    this.#hub.wakeAll();
    void this.#send();
  }

  #reconnectLater(problem: string): void {
    this.#client = undefined;
    if (this.#closed || this.#timer !== undefined) return;
    this.#log.warn({ problem, retryInMs: this.#delayMs }, 'wake-ups between nodes are interrupted');
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#connect();
    }, this.#delayMs);
    this.#timer.unref();
    this.#delayMs = Math.min(this.#delayMs * 2, RECONNECT_MS_MAX);
  }
}
