import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  FastifySchema,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { TSchema } from 'typebox';
import { FirebreakError, present } from '../kernel/index.ts';
import type { SignedIn } from '../people/index.ts';
import type { Actor } from '../response/index.ts';
import { ProblemSchema, type Scope } from './contract/index.ts';
import type { Caller } from './tokens/index.ts';

export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What a route wants: a scope, anybody (`open`), or a sender that the word itself judges (`source`). */
export type Access = Scope | 'open' | 'source';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Asks a person for a passkey that was used within minutes. */
    isDangerous?: boolean;
  }
  interface FastifyRequest {
    caller: Caller | null;
  }
}

interface RouteText {
  readonly word: string;
  readonly summary: string;
  readonly description?: string;
}

const problems = {
  '4xx': { description: 'A mistake of the request', content: problemContent() },
  '5xx': { description: 'Nothing was acknowledged', content: problemContent() },
};

function problemContent(): object {
  return { 'application/problem+json': { schema: ProblemSchema } };
}

/** Options of one route: who may, what it takes, what it answers. */
export function route<const Schema extends FastifySchema>(
  access: Access,
  text: RouteText,
  schema: Schema,
  answer: TSchema | null,
  status = 200,
): { readonly schema: Schema; readonly config: { readonly access: Access } } {
  const described = {
    tags: [text.word],
    summary: text.summary,
    ...(text.description === undefined ? {} : { description: text.description }),
    security: access === 'open' ? [] : [{ bearer: [] }],
    ...schema,
    ...(answer === null ? {} : { response: { [status]: answer, ...problems } }),
  };
  return { schema: described, config: { access } };
}

/** A person who is signed in does this only with a passkey that was just used; a token is what it is. */
export function dangerous<Options extends { readonly config: object }>(
  options: Options,
): Options & { readonly config: { readonly isDangerous: true } } {
  return { ...options, config: { ...options.config, isDangerous: true } };
}

/** For what only a person with a session has. */
export function signedInOf(request: FastifyRequest): SignedIn {
  const { signedIn } = callerOf(request);
  if (signedIn === null) throw new FirebreakError('session-needed');
  return signedIn;
}

export function callerOf(request: FastifyRequest): Caller {
  return present(request.caller, 'this route asks for a caller');
}

export function actorOf(request: FastifyRequest): Actor {
  const { name, person, tokenName } = callerOf(request);
  const channel = tokenName === null ? 'console' : `token:${tokenName}`;
  return { name, person, channel };
}
