import { EvaluationAnswer, EvaluationRequest, GateMetadata } from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { route, type Api } from './route.ts';

export async function gateRoutes(api: Api, { gate, settings }: ApiParts): Promise<void> {
  const word = 'gate';
  api.post(
    '/access/v1/evaluation',
    route(
      'gate',
      { word, summary: 'May this happen now? (OpenID AuthZEN 1.0)' },
      { body: EvaluationRequest },
      EvaluationAnswer,
    ),
    // With a callback and in memory: this is the request path of others.
    (request, reply) => {
      const requestId = request.headers['x-request-id'];
      if (typeof requestId === 'string' && requestId.length <= 200) {
        reply.header('x-request-id', requestId);
      }
      reply.send(gate.evaluate(request.body));
    },
  );
  api.get(
    '/.well-known/authzen-configuration',
    route('open', { word, summary: 'Where the decision point is' }, {}, GateMetadata),
    async (request) => {
      const base = settings.publicUrl ?? `${request.protocol}://${request.host}`;
      return {
        policy_decision_point: base,
        access_evaluation_endpoint: `${base}/access/v1/evaluation`,
      };
    },
  );
}
