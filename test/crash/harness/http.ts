import type { JsonObject } from '../../../src/kernel/index.ts';

/** What became of a request: answered, or its answer was lost with the process that should have given it. */
export type Answer =
  | { readonly type: 'answered'; readonly status: number; readonly body: JsonObject }
  | { readonly type: 'lost' };

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** The exact text: signatures are over it. */
  readonly text?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Longer than anything takes while a server lives; a frozen one answers nothing. */
const PATIENCE_MS = 8_000;

export async function ask(url: string, call: Call): Promise<Answer> {
  const { method, path, text, token, headers = {} } = call;
  try {
    const answer = await fetch(`${url}${path}`, {
      method,
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    });
    const said = await answer.text();
    // Both services answer JSON objects on the paths used here.
    const body = said === '' ? {} : (JSON.parse(said) as JsonObject);
    return { type: 'answered', status: answer.status, body };
  } catch {
    // Refused, reset, cut off in the middle of the answer: the sender knows nothing.
    return { type: 'lost' };
  }
}

/** For what has to be answered: the world, and a server that nobody kills. */
export async function askSurely(url: string, call: Call): Promise<JsonObject> {
  let answer = await ask(url, call);
  // Once more: a machine with much to do may need longer than anybody's patience.
  if (answer.type === 'lost' && call.method === 'GET') answer = await ask(url, call);
  const what = `${call.method} ${call.path}`;
  if (answer.type === 'lost') throw new Error(`${what} was not answered`);
  const { status, body } = answer;
  if (status >= 300) throw new Error(`${what}: ${status} ${JSON.stringify(body).slice(0, 300)}`);
  return body;
}

/** A member that is text by the documents of the service. */
export function textOf(body: JsonObject, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw new Error(`an answer has no text ${name}`);
  return value;
}
