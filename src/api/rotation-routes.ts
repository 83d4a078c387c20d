import {
  IdParams,
  RotateAnswer,
  RotateRequest,
  RotationAnswerRequest,
  RotationCancelRequest,
  RotationClaimRequest,
  RotationDetail,
  RotationsAnswer,
  RotationsQuery,
  RotationState,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { checkFresh } from './authentication.ts';
import { actorOf, callerOf, dangerous, route, type Api } from './route.ts';

const word = 'rotations';

export async function rotationRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { response, clock } = parts;
  api.post(
    '/v1/rotations',
    route(
      'respond',
      {
        word,
        summary: 'Renew the credentials of an identity, and of what it opens',
        description: 'Waits for whoever may revoke them, unless that person asks.',
      },
      { body: RotateRequest },
      RotateAnswer,
      202,
    ),
    async (request, reply) => {
      const { emergency = false, dryRun = false, ...order } = request.body;
      if (!dryRun) checkFresh(callerOf(request), clock.nowMs());
      const asked = { ...order, emergency, dryRun };
      const answer = await response.rotate(asked, actorOf(request));
      reply.code(answer.outcome === 'dry-run' || answer.outcome === 'already' ? 200 : 202);
      return answer;
    },
  );
  api.get(
    '/v1/rotations',
    route(
      'read',
      { word, summary: 'List rotations, newest first' },
      { querystring: RotationsQuery },
      RotationsAnswer,
    ),
    async (request) => ({ rotations: await response.rotations(request.query) }),
  );
  api.get(
    '/v1/rotations/:id',
    route(
      'read',
      { word, summary: 'One rotation: each consumer, and what happened' },
      { params: IdParams },
      RotationDetail,
    ),
    (request) => response.rotation(request.params.id),
  );
  await rotationActs(api, parts);
}

async function rotationActs(api: Api, { response }: ApiParts): Promise<void> {
  api.post(
    '/v1/rotations/:id/answer',
    dangerous(
      route(
        'decide',
        { word, summary: 'Answer the question that a rotation has stopped at' },
        { params: IdParams, body: RotationAnswerRequest },
        RotationState,
      ),
    ),
    (request) =>
      response.answerRotation({ rotation: request.params.id, ...request.body }, actorOf(request)),
  );
  api.post(
    '/v1/rotations/:id/cancel',
    dangerous(
      route(
        'decide',
        { word, summary: 'Stop a rotation; what is handed over stays' },
        { params: IdParams, body: RotationCancelRequest },
        RotationState,
      ),
    ),
    (request) =>
      response.cancelRotation({ rotation: request.params.id, ...request.body }, actorOf(request)),
  );
  api.post(
    '/v1/rotations/:id/resume',
    dangerous(
      route(
        'decide',
        { word, summary: 'Take up a cancelled rotation where it stopped' },
        { params: IdParams },
        RotationState,
      ),
    ),
    (request) => response.resumeRotation(request.params.id, actorOf(request)),
  );
  api.post(
    '/v1/rotations/:id/claims',
    route(
      'respond',
      {
        word,
        summary: 'Say that a consumer is done',
        description: 'It is written down. Only observed use of the new credential acknowledges.',
      },
      { params: IdParams, body: RotationClaimRequest },
      RotationState,
    ),
    (request) =>
      response.claimRotated({ rotation: request.params.id, ...request.body }, actorOf(request)),
  );
}
