import { Agent, request as httpRequest } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import { reveal, type Json, type JsonObject, type Secret } from '../../kernel/index.ts';
import { ConnectorFailure, type CallContext } from '../contract.ts';
import { isObject, numberIn, textIn } from './profile.ts';

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** No answer came. `sent` is false when the connection was never made: then nothing can have happened. */
export class NoAnswer extends Error {
  readonly sent: boolean;

  constructor(problem: string, sent: boolean) {
    super(problem);
    this.name = 'NoAnswer';
    this.sent = sent;
  }
}

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly bearer: Secret;
  readonly body?: JsonObject;
  readonly key?: string;
}

export type Send = (call: Call, context: CallContext) => Promise<Answer>;

/** Connections are kept for less long than the other side keeps them, so that a reused one is alive. */
const IDLE_MS = 20_000;
const SOCKETS_MAX = 64;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

export function createSend(url: string): Send {
  const secure = url.startsWith('https:');
  const settings = { keepAlive: true, maxSockets: SOCKETS_MAX, timeout: IDLE_MS };
  const agent = secure ? new SecureAgent(settings) : new Agent(settings);
  const open = secure ? httpsRequest : httpRequest;
  const base = url.replace(/\/$/u, '');
  return (call, context) =>
    new Promise((resolve, reject) => {
      if (context.signal?.aborted === true) {
        reject(new NoAnswer(problemOf(context), false));
        return;
      }
      const payload = call.body === undefined ? undefined : JSON.stringify(call.body);
      const headers: Record<string, string> = {
        authorization: `Bearer ${reveal(call.bearer)}`,
        ...(call.key === undefined ? {} : { 'idempotency-key': call.key }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      };
      const request = open(`${base}${call.path}`, { method: call.method, headers, agent });
      const give = (problem: string, sent: boolean): void => {
        stop();
        request.destroy();
        reject(new NoAnswer(problem, sent));
      };
      const abort = (): void => {
        give(problemOf(context), true);
      };
      const stop = (): void => {
        context.signal?.removeEventListener('abort', abort);
      };
      context.signal?.addEventListener('abort', abort);
      request.on('error', (error: NodeJS.ErrnoException) => {
        give(`the connection failed (${error.code ?? error.name})`, error.code !== 'ECONNREFUSED');
      });
      request.on('response', (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          parts.push(part);
          bytes += part.length;
          if (bytes > ANSWER_BYTES_MAX) give('the answer is too large', true);
        });
        response.on('error', () => {
          give('the answer broke off', true);
        });
        response.on('end', () => {
          stop();
          resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(parts)) });
        });
      });
      request.end(payload);
    });
}

/** The time of a call is for all requests it needs: who waits it out may rely on none being sent later. */
export function within(context: CallContext): CallContext {
  const timeout = AbortSignal.timeout(context.timeoutMs);
  const signal =
    context.signal === undefined ? timeout : AbortSignal.any([context.signal, timeout]);
  return { ...context, signal };
}

function problemOf(context: CallContext): string {
  const { reason } = context.signal ?? {};
  return reason instanceof DOMException && reason.name === 'TimeoutError'
    ? `no answer within ${context.timeoutMs} ms`
    : 'the call was given up';
}

function parse(bytes: Buffer): JsonObject {
  try {
    // JSON.parse gives JSON by definition.
    const value = JSON.parse(bytes.toString('utf8')) as Json;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** What a failed call means. Reading has no effect, so a read that failed can simply be repeated. */
export function failureOf(answer: Answer, effect: 'reads' | 'changes'): ConnectorFailure {
  const { status, body } = answer;
  const said = `${textIn(body, 'error') || `status ${status}`}: ${textIn(body, 'detail')}`;
  if (status === 429) {
    return new ConnectorFailure('rate-limited', said, {
      retryAfterMs: numberIn(body, 'retryAfterMs'),
    });
  }
  if (status >= 500) {
    const harmless = effect === 'reads' || body['applied'] === false;
    return new ConnectorFailure(harmless ? 'transient' : 'unknown', said);
  }
  const grant = textIn(body, 'grant');
  return new ConnectorFailure('refused', said, grant === '' ? {} : { grant });
}

export function failureOfSilence(error: unknown, effect: 'reads' | 'changes'): ConnectorFailure {
  if (error instanceof ConnectorFailure) return error;
  if (!(error instanceof NoAnswer)) return new ConnectorFailure('unknown', 'the call failed');
  const harmless = effect === 'reads' || !error.sent;
  return new ConnectorFailure(harmless ? 'transient' : 'unknown', error.message);
}
