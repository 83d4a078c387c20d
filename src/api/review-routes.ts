import {
  EndTailRequest,
  JudgeAnswer,
  JudgeRequest,
  ReviewParams,
  ReviewsAnswer,
  TakeOverRequest,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { actorOf, route, type Api } from './route.ts';

const word = 'incidents';

export async function reviewRoutes(api: Api, { response }: ApiParts): Promise<void> {
  api.get(
    '/v1/incidents/:id/reviews',
    route(
      'read',
      {
        word,
        summary: 'What is looked at beside the cuts, and what stays after them',
        description:
          'Grants of the same vendor or tenant, whatever trusted the identity, and the long tail with its holders.',
      },
      { params: ReviewParams },
      ReviewsAnswer,
    ),
    (request) => response.reviews(request.params.id),
  );
  api.post(
    '/v1/incidents/:id/reviews',
    route(
      'decide',
      {
        word,
        summary: 'Judge items of a review: benign, cut, ask',
        description: 'A card is answered as it was shown. What is cut has an incident of its own.',
      },
      { params: ReviewParams, body: JudgeRequest },
      JudgeAnswer,
    ),
    (request) => response.judge({ incident: request.params.id, ...request.body }, actorOf(request)),
  );
  tailRoutes(api, response);
}

function tailRoutes(api: Api, response: ApiParts['response']): void {
  api.post(
    '/v1/incidents/:id/long-tail',
    route(
      'respond',
      {
        word,
        summary: 'Take over what stays after containment, until a date',
        description: 'Whoever asks holds it. When the date comes it is asked again.',
      },
      { params: ReviewParams, body: TakeOverRequest },
      ReviewsAnswer,
    ),
    (request) => {
      const { keys = [], until, reason } = request.body;
      const asked = { incident: request.params.id, keys, until, reason };
      return response.takeOver(asked, actorOf(request));
    },
  );
  api.post(
    '/v1/incidents/:id/long-tail/ended',
    route(
      'respond',
      { word, summary: 'Say that something of the long tail is gone' },
      { params: ReviewParams, body: EndTailRequest },
      ReviewsAnswer,
    ),
    (request) =>
      response.endTail({ incident: request.params.id, ...request.body }, actorOf(request)),
  );
}
