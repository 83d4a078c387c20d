import pg from 'pg';
import { reveal, Secret } from '../../kernel/index.ts';
import { ConnectorFailure, type CallContext } from '../contract.ts';

export type Row = Readonly<Record<string, unknown>>;

/** The server refused a statement or a login. Its `detail` quotes rows and is not kept. */
export class Refusal extends Error {
  readonly code: string;
  /** The function of the server that said so: messages are translated, this is not. */
  readonly routine: string;

  constructor(code: string, routine: string, message: string) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.routine = routine;
  }
}

/** No answer. */
export class Silence extends Error {
  /** False while nothing can have taken effect. */
  readonly mayHaveActed: boolean;

  constructor(problem: string, mayHaveActed: boolean) {
    super(problem);
    this.name = 'Silence';
    this.mayHaveActed = mayHaveActed;
  }
}

export interface Session {
  readonly run: (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** The same for the statement that makes changes durable: without an answer they may have taken effect. */
  readonly commit: (sql: string) => Promise<void>;
}

export interface Database {
  readonly use: <Result>(
    context: CallContext,
    work: (session: Session) => Promise<Result>,
  ) => Promise<Result>;
  readonly close: () => Promise<void>;
}

/** A statement that waits for a lock longer is held up by somebody; see `withoutBlockers`. */
const LOCK_TIMEOUT_MS = 500;

/** The time of a call is for all statements it needs. */
export function within(context: CallContext): CallContext {
  const timeout = AbortSignal.timeout(context.timeoutMs);
  const signal =
    context.signal === undefined ? timeout : AbortSignal.any([context.signal, timeout]);
  return { ...context, signal };
}

function isGivenUp({ signal }: CallContext): boolean {
  return signal?.aborted === true;
}

/** The same place with another role; the password never shows in an error. */
export function loginAs(url: Secret, role: string, secret: string): Secret {
  const place = urlOf(url);
  place.username = encodeURIComponent(role);
  place.password = encodeURIComponent(secret);
  return new Secret(place.href);
}

/** The same server and account by another way. */
export function byWayOf(url: Secret, place: string): Secret {
  const there = urlOf(url);
  there.host = place;
  return new Secret(there.href);
}

export function roleIn(url: Secret): string {
  return decodeURIComponent(urlOf(url).username);
}

function urlOf(url: Secret): URL {
  const text = reveal(url);
  // The parser's own error quotes what it was given.
  if (!URL.canParse(text)) throw new ConnectorFailure('refused', 'the address is no URL');
  return new URL(text);
}

const PROTOCOL_STATE = /^[0-9A-Z]{5}$/u;

function judged(error: unknown, mayHaveActed: boolean, context: CallContext): Refusal | Silence {
  if (error instanceof pg.DatabaseError && PROTOCOL_STATE.test(error.code ?? '')) {
    return new Refusal(error.code ?? '', error.routine ?? '', error.message);
  }
  if (isGivenUp(context)) {
    const reason: unknown = context.signal?.reason;
    const isLate = reason instanceof DOMException && reason.name === 'TimeoutError';
    const problem = isLate ? `no answer within ${context.timeoutMs} ms` : 'the call was given up';
    return new Silence(problem, mayHaveActed);
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no connection';
  return new Silence(`the connection failed (${code})`, mayHaveActed);
}

/** One connection. It ends when its call does, whatever state it is in. */
export interface Link extends Session {
  readonly isAlive: () => boolean;
  readonly adopt: (context: CallContext) => () => void;
  readonly end: () => Promise<void>;
  readonly cut: () => void;
}

export async function open(url: Secret, context: CallContext): Promise<Link> {
  if (isGivenUp(context)) throw judged(null, false, context);
  const client = new pg.Client({
    connectionString: reveal(url),
    connectionTimeoutMillis: context.timeoutMs,
    application_name: 'firebreak',
    keepAlive: true,
  });
  let alive = true;
  let current = context;
  const die = (): void => {
    alive = false;
  };
  client.on('error', die);
  client.on('end', die);
  const cut = (): void => {
    alive = false;
    client.connection.stream.destroy();
  };
  const adopt: Link['adopt'] = (next) => {
    current = next;
    if (isGivenUp(next)) cut();
    next.signal?.addEventListener('abort', cut);
    return () => next.signal?.removeEventListener('abort', cut);
  };
  const release = adopt(context);
  const guarded = async <Result>(work: () => Promise<Result>, acts: boolean): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw judged(error, acts, current);
    }
  };
  try {
    await guarded(() => client.connect(), false);
  } catch (error) {
    cut();
    throw error;
  } finally {
    release();
  }
  return {
    isAlive: () => alive,
    adopt,
    cut,
    end: async () => {
      alive = false;
      await client.end().catch(() => undefined);
    },
    run: (sql, values) =>
      guarded(async () => {
        const answer = await client.query<Record<string, unknown>>(
          sql,
          values === undefined ? undefined : [...values],
        );
        return answer.rows;
      }, false),
    commit: async (sql) => {
      try {
        await guarded(() => client.query(sql), true);
      } catch (error) {
        // A server that goes down in the middle of it does not say how far it came.
        const isGone = error instanceof Refusal && error.code.startsWith('57P');
        throw isGone ? new Silence(error.message, true) : error;
      }
    },
  };
}

/**
 * One connection is kept: an attacker who takes up all places of the server must not lock Firebreak out. Further calls
 * at the same time open their own.
 */
export function openDatabase(url: Secret): Database {
  let kept: Link | null = null;
  const take = async (context: CallContext): Promise<{ link: Link; release: () => void }> => {
    if (isGivenUp(context)) throw judged(null, false, context);
    const idle = kept;
    kept = null;
    if (idle?.isAlive() === true) {
      const release = idle.adopt(context);
      try {
        await settle(idle, context);
        return { link: idle, release };
      } catch (error) {
        release();
        idle.cut();
        // It died while nobody looked: the server was restarted, or the network forgot it.
        if (!(error instanceof Silence) || isGivenUp(context)) throw error;
      }
    }
    const link = await open(url, context);
    const release = link.adopt(context);
    await settle(link, context);
    return { link, release };
  };
  return {
    use: async (context, work) => {
      const { link, release } = await take(context);
      try {
        const result = await work(link);
        if (kept === null && link.isAlive()) kept = link;
        else await link.end();
        return result;
      } catch (error) {
        // Whatever was begun on it ends with it.
        link.cut();
        throw error;
      } finally {
        release();
      }
    },
    close: async () => {
      const idle = kept;
      kept = null;
      await idle?.end();
    },
  };
}

/**
 * Settings that belong to the role are taken back first: whoever may alter roles could have set them, to run something
 * of theirs as us or to fool a probe. What is changed is durable on this server whatever its settings are; it does not
 * wait for standbys, because one that is away would hold up every cut.
 */
export async function settle(session: Session, { timeoutMs }: CallContext): Promise<void> {
  const limitMs = Math.max(1, Math.floor(timeoutMs)).toFixed(0);
  await session.run(`set search_path = pg_catalog; set role none; set statement_timeout = ${limitMs};
    set lock_timeout = ${LOCK_TIMEOUT_MS}; set idle_in_transaction_session_timeout = ${limitMs};
    set synchronous_commit = local; set default_transaction_read_only = off; set standard_conforming_strings = on`);
}
