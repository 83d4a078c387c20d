import { isProblem, type Problem } from '../api/contract/index.ts';
import { FirebreakError, messageOf, reveal, Secret } from '../kernel/index.ts';
import { readText, type Io } from './io.ts';

/** What a server answered with, in its own words: they are already for people. */
export class ProblemAnswer extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ProblemAnswer';
    this.problem = problem;
  }
}

export type RequestBody = NonNullable<RequestInit['body']>;

export interface Request {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** Sent as it is, with this content type. */
  readonly raw?: { readonly content: RequestBody; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
}

/** The HTTP interface, as any client would use it. */
export interface Client {
  readonly url: string;
  readonly ask: <Answer>(path: string, request?: Request) => Promise<Answer>;
  readonly stream: (path: string, request?: Request) => Promise<ReadableStream<Uint8Array>>;
}

const URL_DEFAULT = 'http://localhost:7470';

interface Access {
  readonly url: string;
  readonly token: Secret | null;
}

export function accessOf(
  io: Io,
  given: { readonly url?: string; readonly tokenFile?: string },
): Access {
  const url = (given.url ?? io.environment['FIREBREAK_URL'] ?? URL_DEFAULT).replace(/\/+$/u, '');
  if (!/^https?:\/\//u.test(url) || !URL.canParse(url)) {
    const problem = `${url} is no address such as ${URL_DEFAULT}`;
    throw new FirebreakError('usage-wrong', { problem, command: '' });
  }
  const text =
    given.tokenFile === undefined
      ? (io.environment['FIREBREAK_TOKEN'] ?? '')
      : readText(given.tokenFile);
  const token = text.trim();
  return { url, token: token === '' ? null : new Secret(token) };
}

function initOf({ token }: Access, request: Request): RequestInit {
  const headers = new Headers(request.headers);
  headers.set('accept', 'application/json');
  if (token !== null) headers.set('authorization', `Bearer ${reveal(token)}`);
  const init: RequestInit = { method: request.method ?? 'GET', headers };
  if (request.raw !== undefined) {
    headers.set('content-type', request.raw.type);
    // A stream as a body needs `duplex`, which the types of fetch do not know.
    return { ...init, body: request.raw.content, duplex: 'half' } as RequestInit;
  }
  if (request.body === undefined) return init;
  headers.set('content-type', 'application/json');
  return { ...init, body: JSON.stringify(request.body) };
}

/** fetch hides the reason one level down. */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (cause instanceof AggregateError) return messageOf(cause.errors[0]);
  return messageOf(cause ?? error);
}

async function send(access: Access, path: string, request: Request): Promise<Response> {
  const url = new URL(`${access.url}${path}`);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  let answer: Response;
  try {
    answer = await fetch(url, initOf(access, request));
  } catch (error) {
    const facts = { url: access.url, problem: reasonOf(error) };
    throw new FirebreakError('server-unreachable', facts, error);
  }
  if (answer.ok) return answer;
  throw await failureOf(access, answer);
}

async function failureOf(access: Access, answer: Response): Promise<Error> {
  const text = await answer.text();
  try {
    const body: unknown = JSON.parse(text);
    if (isProblem(body)) return new ProblemAnswer(body);
  } catch {
    // Not ours: said below.
  }
  const problem = `it answered ${answer.status} without a problem of ours`;
  return new FirebreakError('server-unreachable', { url: access.url, problem });
}

export function createClient(access: Access): Client {
  return {
    url: access.url,
    ask: async <Answer>(path: string, request: Request = {}) => {
      const answer = await send(access, path, request);
      const text = await answer.text();
      // The server describes this answer in api/contract; both are of one version.
      return (text === '' ? null : JSON.parse(text)) as Answer;
    },
    stream: async (path, request = {}) => {
      const { body } = await send(access, path, request);
      return body ?? new ReadableStream();
    },
  };
}
