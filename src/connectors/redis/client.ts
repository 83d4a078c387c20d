import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { reveal, type Secret } from '../../kernel/index.ts';
import type { CallContext } from '../contract.ts';
import { createReplyReader, encodeCommand, ErrorReply, type Command, type Reply } from './resp.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

export interface Login {
  readonly user: string;
  readonly password: Secret;
  /** Shown in CLIENT LIST and ACL LOG. */
  readonly as: string;
}

/** No answer came. `sent` is false when nothing can have happened. */
export class NoAnswer extends Error {
  readonly sent: boolean;

  constructor(problem: string, sent: boolean) {
    super(problem);
    this.name = 'NoAnswer';
    this.sent = sent;
  }
}

/** The server answered the login, and said no. */
export class LoginRefused extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`the login was refused (${code})`);
    this.name = 'LoginRefused';
    this.code = code;
  }
}

export interface ServerFacts {
  readonly version: string;
  readonly mode: string;
}

export interface RedisSession {
  readonly server: ServerFacts;
  /** All at once; one answer each, in their order. */
  readonly send: (commands: readonly Command[]) => Promise<readonly Reply[]>;
}

/** The time of a call is for all requests it needs: who waits it out may rely on none being sent later. */
export function within(context: CallContext): CallContext & { readonly signal: AbortSignal } {
  const timeout = AbortSignal.timeout(context.timeoutMs);
  const signal =
    context.signal === undefined ? timeout : AbortSignal.any([context.signal, timeout]);
  return { ...context, signal };
}

/**
 * A connection of its own for each call: none is kept, so none can be half closed, and a login is tried as somebody
 * from outside would try it.
 */
export async function withSession<Result>(
  endpoint: Endpoint,
  login: Login,
  context: CallContext,
  work: (session: RedisSession) => Promise<Result>,
): Promise<Result> {
  const line = await openLine(endpoint, context);
  try {
    return await work({ server: await signIn(line, login), send: line.send });
  } finally {
    line.end();
  }
}

async function signIn(line: Line, { user, password, as }: Login): Promise<ServerFacts> {
  const hello: Command = ['HELLO', '2', 'AUTH', user, reveal(password), 'SETNAME', as];
  const [reply = null] = await line.send([hello], false);
  if (reply instanceof ErrorReply) throw new LoginRefused(reply.code);
  const facts = pairsOf(reply);
  return { version: textOf(facts.get('version')), mode: textOf(facts.get('mode')) };
}

export function textOf(reply: Reply | undefined): string {
  return typeof reply === 'string' ? reply : '';
}

export function listOf(reply: Reply | undefined): readonly Reply[] {
  // Array.isArray does not narrow a readonly list; the union holds no other object with a length.
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

/** RESP2 has no maps: a list of names, each followed by its value. */
export function pairsOf(reply: Reply | undefined): ReadonlyMap<string, Reply> {
  const items = listOf(reply);
  const pairs = new Map<string, Reply>();
  for (let index = 0; index + 1 < items.length; index += 2) {
    pairs.set(textOf(items[index]), items[index + 1] ?? null);
  }
  return pairs;
}

interface Line {
  readonly send: (commands: readonly Command[], effect?: boolean) => Promise<readonly Reply[]>;
  readonly end: () => void;
}

function problemOf(context: CallContext): string {
  const { reason } = context.signal ?? {};
  return reason instanceof DOMException && reason.name === 'TimeoutError'
    ? `no answer within ${context.timeoutMs} ms`
    : 'the call was given up';
}

function dial({ host, port, secure }: Endpoint): Socket {
  if (!secure) return connect({ host, port });
  // An address has no name to ask for; it stands in the certificate all the same.
  return connectSecure({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

function openLine(endpoint: Endpoint, context: CallContext): Promise<Line> {
  return new Promise((resolve, reject) => {
    if (context.signal?.aborted === true) {
      reject(new NoAnswer(problemOf(context), false));
      return;
    }
    const socket = dial(endpoint);
    socket.setNoDelay(true);
    const read = createReplyReader();
    let broken: string | null = null;
    let waiting: Waiting | null = null;
    const fail = (problem: string): void => {
      broken ??= problem;
      stop();
      socket.destroy();
      reject(new NoAnswer(broken, false));
      waiting?.fail(broken);
      waiting = null;
    };
    const abort = (): void => {
      fail(problemOf(context));
    };
    const stop = (): void => {
      context.signal?.removeEventListener('abort', abort);
    };
    context.signal?.addEventListener('abort', abort);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      fail(`the connection failed (${error.code ?? error.name})`);
    });
    socket.on('close', () => {
      fail('the server closed the connection');
    });
    socket.on('data', (part: Buffer) => {
      try {
        for (const reply of read(part)) {
          if (waiting === null) throw new Error('an answer came that nobody asked for');
          if (waiting.take(reply)) waiting = null;
        }
      } catch (error) {
        fail(error instanceof Error ? error.message : 'the answer cannot be read');
      }
    });
    const send: Line['send'] = (commands, effect = true) =>
      new Promise((give, refuse) => {
        if (broken !== null) {
          refuse(new NoAnswer(broken, false));
          return;
        }
        waiting = waitingFor(commands.length, give, (problem) => {
          refuse(new NoAnswer(problem, effect));
        });
        socket.write(Buffer.concat(commands.map(encodeCommand)));
      });
    const end = (): void => {
      stop();
      broken ??= 'the session has ended';
      socket.destroy();
    };
    socket.once(endpoint.secure ? 'secureConnect' : 'connect', () => {
      resolve({ send, end });
    });
  });
}

interface Waiting {
  /** True when it was the last one. */
  readonly take: (reply: Reply) => boolean;
  readonly fail: (problem: string) => void;
}

function waitingFor(
  count: number,
  give: (replies: readonly Reply[]) => void,
  fail: (problem: string) => void,
): Waiting {
  const replies: Reply[] = [];
  return {
    fail,
    take: (reply) => {
      replies.push(reply);
      if (replies.length < count) return false;
      give(replies);
      return true;
    },
  };
}
