import type { FastifyRequest } from 'fastify';
import type { SignalAnswer } from './contract/index.ts';
import { SignalAnswer as SignalAnswerSchema } from './contract/index.ts';
import type { Metrics } from './metrics.ts';
import type { ApiParts } from './parts.ts';
import { authorise } from './authentication.ts';
import { LIMITS } from '../kernel/index.ts';
import { route, type Api } from './route.ts';

function headersOf(request: FastifyRequest): Readonly<Record<string, string | undefined>> {
  const names = ['firebreak-source', 'firebreak-signature', 'content-type'];
  return Object.fromEntries(
    names.map((name) => {
      const value = request.headers[name];
      return [name, typeof value === 'string' ? value : undefined];
    }),
  );
}

/** The word itself reads the body: signatures are over the exact bytes. */
export async function signalsRoutes(api: Api, parts: ApiParts, metrics: Metrics): Promise<void> {
  const { signals, follow } = parts;
  api.removeContentTypeParser('application/json');
  api.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });

  api.post(
    '/v1/signals',
    {
      bodyLimit: LIMITS.signalBytesMax,
      ...route(
        'source',
        {
          word: 'signals',
          summary: 'State that an identity may be compromised',
          description:
            'Signed by HMAC (firebreak-source, firebreak-signature) or with a token of scope signals:write. A repeat of the same key is harmless. The body is a SignalRequest.',
        },
        {},
        SignalAnswerSchema,
        202,
      ),
    },
    async (request, reply): Promise<SignalAnswer> => {
      if (request.caller !== null) authorise(request.caller, 'signals:write');
      const rawBody = request.body instanceof Uint8Array ? request.body : '';
      const tokenName = request.caller?.tokenName ?? null;
      try {
        const incoming = { rawBody, headers: headersOf(request), tokenName };
        const { signalId, repeated } = await signals.accept(incoming, follow);
        metrics.signalReceived(repeated ? 'repeated' : 'accepted');
        reply.code(202);
        return { signalId, repeated };
      } catch (error) {
        metrics.signalReceived('refused');
        throw error;
      }
    },
  );
}
