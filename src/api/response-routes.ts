import { DECISION_KINDS } from '../authority/index.ts';
import { FirebreakError, type JsonObject, LIMITS } from '../kernel/index.ts';
import { checkFresh } from './authentication.ts';
import {
  AnswerCardRequest,
  AskRequest,
  BatchAnswer,
  BatchRequest,
  BreakGlassRequest,
  CardsAnswer,
  CardsQuery,
  ContainAnswer,
  Containment,
  ContainRequest,
  Decision,
  DecisionAnswer,
  DecideRequest,
  DecisionCard,
  DecisionsAnswer,
  DecisionsQuery,
  GlassCodesAnswer,
  IdParams,
  HoldRequest,
  IncidentAnswer,
  IncidentsAnswer,
  IncidentsQuery,
  PrepareGlassRequest,
  RefParams,
  RestoreAnswer,
  RestoreRequest,
  SuspectsAnswer,
  TimelineAnswer,
  TimelineQuery,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { actorOf, callerOf, dangerous, route, type Api } from './route.ts';
import { challengeRoute, signingActor } from './signing.ts';

export async function incidentRoutes(api: Api, { response }: ApiParts): Promise<void> {
  const word = 'incidents';
  api.get(
    '/v1/incidents',
    route(
      'read',
      { word, summary: 'List incidents, newest first' },
      { querystring: IncidentsQuery },
      IncidentsAnswer,
    ),
    async (request) => {
      const { limit = LIMITS.pageRowsDefault, ...filter } = request.query;
      return { incidents: await response.incidents({ limit, ...filter }) };
    },
  );
  api.get(
    '/v1/incidents/:id',
    route(
      'read',
      { word, summary: 'One incident as it stands' },
      { params: IdParams },
      IncidentAnswer,
    ),
    (request) => response.incident(request.params.id),
  );
  api.get(
    '/v1/incidents/:id/timeline',
    route(
      'read',
      { word, summary: 'What happened, from the ledger' },
      { params: IdParams, querystring: TimelineQuery },
      TimelineAnswer,
    ),
    async (request) => {
      const { after = -1 } = request.query;
      const entries = await response.timeline(request.params.id);
      return { entries: entries.filter(({ ordinal }) => ordinal > after) };
    },
  );
  holdRoute(api, response);
}

/** The one thing that a person can do about a window besides deciding. */
function holdRoute(api: Api, response: ApiParts['response']): void {
  api.post(
    '/v1/incidents/:id/holds',
    route(
      'decide',
      {
        word: 'incidents',
        summary: 'Hold an open window of one identity',
        description: 'Once: at its end people are asked instead of the next stage happening.',
      },
      { params: IdParams, body: HoldRequest },
      IncidentAnswer,
    ),
    (request) => response.hold({ incident: request.params.id, ...request.body }, actorOf(request)),
  );
}

export async function decisionRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { response } = parts;
  const word = 'decisions';
  challengeRoute(api, parts, word, '/v1/decisions/:id');
  api.get(
    '/v1/decisions',
    route(
      'read',
      { word, summary: 'List decisions' },
      { querystring: DecisionsQuery },
      DecisionsAnswer,
    ),
    async (request) => {
      const { person, ...filter } = request.query;
      const who = person === 'me' ? callerOf(request).person : person;
      if (who === null) {
        const problem = 'person: nobody is behind this token; name one';
        throw new FirebreakError('request-invalid', { problem });
      }
      const decisions = await response.decisions({
        ...filter,
        ...(who === undefined ? {} : { person: who }),
      });
      return { decisions };
    },
  );
  askingRoutes(api, response);
  api.get(
    '/v1/decisions/:id',
    route(
      'read',
      { word, summary: 'One decision with its ladder and its history' },
      { params: IdParams },
      DecisionAnswer,
    ),
    (request) => response.decision(request.params.id),
  );
  api.post(
    '/v1/decisions/:id',
    route(
      'decide',
      { word, summary: 'Answer a decision' },
      { params: IdParams, body: DecideRequest },
      Decision,
    ),
    async (request) => {
      const { assertion, ...given } = request.body;
      const { id: subject } = request.params;
      const { outcome, digest } = given;
      const actor = await signingActor(parts, request, { subject, outcome, digest }, assertion);
      return await response.decide({ decision: subject, ...given }, actor);
    },
  );
}

export async function cardRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { response } = parts;
  const word = 'decisions';
  challengeRoute(api, parts, word, '/v1/decision-cards/:id');
  api.get(
    '/v1/decision-cards',
    route(
      'read',
      { word, summary: 'Many questions as few cards' },
      { querystring: CardsQuery },
      CardsAnswer,
    ),
    async (request) => {
      const { person, ...filter } = request.query;
      const who = person === 'me' ? (callerOf(request).person ?? '') : person;
      return {
        cards: await response.cards({ ...filter, ...(who === undefined ? {} : { person: who }) }),
      };
    },
  );
  api.post(
    '/v1/decision-cards/:id',
    route(
      'decide',
      {
        word,
        summary: 'Answer a card',
        description:
          'Each of its questions hears the answer as it was shown; what has changed falls out and is asked again.',
      },
      { params: IdParams, body: AnswerCardRequest },
      DecisionCard,
      202,
    ),
    async (request, reply) => {
      const { assertion, ...given } = request.body;
      const { id: subject } = request.params;
      const { outcome, digest } = given;
      const actor = await signingActor(parts, request, { subject, outcome, digest }, assertion);
      reply.code(202);
      return await response.answerCard({ card: subject, ...given }, actor);
    },
  );
}

export async function glassRoutes(api: Api, { response }: ApiParts): Promise<void> {
  const word = 'break-glass';
  api.post(
    '/v1/break-glass/codes',
    dangerous(
      route(
        'admin',
        {
          word,
          summary: 'Prepare codes for one person on one device',
          description: 'They are shown once; only their hashes are kept.',
        },
        { body: PrepareGlassRequest },
        GlassCodesAnswer,
        201,
      ),
    ),
    async (request, reply) => {
      reply.code(201);
      return await response.prepareGlass(request.body, actorOf(request));
    },
  );
  api.post(
    '/v1/decisions/:id/break-glass',
    route(
      'decide',
      { word, summary: 'Decide with the codes of enough people' },
      { params: IdParams, body: BreakGlassRequest },
      Decision,
    ),
    (request) =>
      response.breakGlass({ decision: request.params.id, ...request.body }, actorOf(request)),
  );
}

function askingRoutes(api: Api, response: ApiParts['response']): void {
  const word = 'decisions';
  api.post(
    '/v1/decisions',
    dangerous(
      route(
        'respond',
        {
          word,
          summary: 'Ask for a decision that no cut carries out',
          description: 'An act of the machine itself, such as a fuse, or towards people outside.',
        },
        { body: AskRequest },
        Decision,
        201,
      ),
    ),
    async (request, reply) => {
      const { kind: named, parameters = {}, ...rest } = request.body;
      const kind = DECISION_KINDS.find((one) => one === named);
      if (kind === undefined) {
        const problem = `kind: one of ${DECISION_KINDS.join(', ')}`;
        throw new FirebreakError('request-invalid', { problem });
      }
      reply.code(201);
      // The body came as JSON.
      const order = { ...rest, kind, parameters: parameters as JsonObject };
      return await response.ask(order, actorOf(request));
    },
  );
  api.get(
    '/v1/suspects',
    route(
      'read',
      { word, summary: 'List people and channels that are suspect' },
      {},
      SuspectsAnswer,
    ),
    async () => ({ suspects: await response.suspects() }),
  );
}

export async function containmentRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { response, clock } = parts;
  const word = 'containments';
  api.post(
    '/v1/containments',
    route(
      'respond',
      {
        word,
        summary: 'Ask for a cut',
        description: 'It asks for authority like everything else.',
      },
      { body: ContainRequest },
      ContainAnswer,
    ),
    async (request, reply) => {
      const { dryRun = false, forSeconds, ...order } = request.body;
      // Who asks for what they may decide has decided it.
      if (!dryRun) checkFresh(callerOf(request), clock.nowMs());
      const time = forSeconds === undefined ? {} : { forMs: forSeconds * 1000 };
      const answer = await response.contain({ ...order, ...time, dryRun }, actorOf(request));
      reply.code(answer.outcome === 'dry-run' || answer.outcome === 'already' ? 200 : 202);
      return answer;
    },
  );
  api.post(
    '/v1/batches',
    dangerous(
      route(
        'respond',
        {
          word,
          summary: 'Ask to contain many identities in one incident',
          description:
            'They are ranked, taken up a few at a time, and asked about as few questions.',
        },
        { body: BatchRequest },
        BatchAnswer,
        202,
      ),
    ),
    async (request, reply) => {
      reply.code(202);
      return await response.askBatch(request.body, actorOf(request));
    },
  );
  api.get(
    '/v1/containments/:id',
    route('read', { word, summary: 'One cut and its proof' }, { params: IdParams }, Containment),
    (request) => response.containment(request.params.id),
  );
  restoreRoute(api, parts);
}

function restoreRoute(api: Api, { response }: ApiParts): void {
  const word = 'containments';
  api.post(
    '/v1/containments/:id/restore',
    dangerous(
      route(
        'respond',
        {
          word,
          summary: 'Ask to give access back',
          description: 'The id is of a containment, or any reference of an identity.',
        },
        { params: RefParams, body: RestoreRequest },
        RestoreAnswer,
        202,
      ),
    ),
    async (request, reply) => {
      reply.code(202);
      return await response.restore({ ref: request.params.id, ...request.body }, actorOf(request));
    },
  );
}
