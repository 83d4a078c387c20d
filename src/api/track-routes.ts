import { Readable } from 'node:stream';
import { FirebreakError } from '../kernel/index.ts';
import type { Actor } from '../response/index.ts';
import {
  AddTaskRequest,
  EvidenceAnswer,
  EvidenceExportRequest,
  EvidenceRequest,
  IdParams,
  MoveTaskRequest,
  TaskParams,
  TracksAnswer,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { actorOf, route, type Api } from './route.ts';

export async function trackRoutes(api: Api, { response }: ApiParts): Promise<void> {
  const word = 'incidents';
  api.get(
    '/v1/incidents/:id/tracks',
    route(
      'read',
      { word, summary: 'The four tracks and their tasks' },
      { params: IdParams },
      TracksAnswer,
    ),
    async (request) => ({ tracks: await response.tracks(request.params.id) }),
  );
  api.post(
    '/v1/incidents/:id/tasks',
    route(
      'respond',
      { word, summary: 'Write down a task of a track' },
      { params: IdParams, body: AddTaskRequest },
      TracksAnswer,
      201,
    ),
    async (request, reply) => {
      reply.code(201);
      const { body, params } = request;
      const tracks = await response.addTask({ incident: params.id, ...body }, actorOf(request));
      return { tracks };
    },
  );
  api.post(
    '/v1/incidents/:id/tasks/:task',
    route(
      'respond',
      {
        word,
        summary: 'Move a task: next, doing, blocked, done',
        description: 'Refused when containment would wait for another track without a fuse.',
      },
      { params: TaskParams, body: MoveTaskRequest },
      TracksAnswer,
    ),
    async (request) => {
      const { until, ...move } = request.body;
      const { id: incident, task } = request.params;
      const asked = { incident, task, ...move };
      const bound = until === undefined ? asked : { ...asked, untilMs: Date.parse(until) };
      return { tracks: await response.moveTask(bound, actorOf(request)) };
    },
  );
}

/** A hold stands for somebody's word before a court: there is a person behind it. */
function personOf(actor: Actor): Actor {
  if (actor.person !== null) return actor;
  const problem = 'nobody is behind this token; a legal hold is set and ended by a person';
  throw new FirebreakError('request-invalid', { problem });
}

export async function evidenceRoutes(api: Api, { response }: ApiParts): Promise<void> {
  const word = 'evidence';
  api.get(
    '/v1/incidents/:id/evidence',
    route(
      'read',
      { word, summary: 'What was captured, what could not be, and who has opened it' },
      { params: IdParams },
      EvidenceAnswer,
    ),
    (request) => response.evidence(request.params.id),
  );
  api.post(
    '/v1/incidents/:id/evidence/export',
    route(
      'decide',
      {
        word,
        summary: 'Everything as one bundle that verifies offline (NDJSON)',
        description: 'It holds what was captured in clear. That it was opened goes to the ledger.',
      },
      { params: IdParams, body: EvidenceExportRequest },
      null,
    ),
    async (request, reply) => {
      const asked = { incident: request.params.id, ...request.body };
      const lines = await response.exportEvidence(asked, actorOf(request));
      reply.type('application/x-ndjson');
      return Readable.from(withEnds(lines));
    },
  );
  for (const hold of [true, false]) {
    api.post(
      `/v1/incidents/:id/evidence/${hold ? 'hold' : 'release'}`,
      route(
        'decide',
        {
          word,
          summary: hold ? 'Legal hold: nothing of it is deleted' : 'End the legal hold',
          description: 'It never keeps anybody from disabling the identity.',
        },
        { params: IdParams, body: EvidenceRequest },
        EvidenceAnswer,
      ),
      async (request) => {
        const { reason } = request.body;
        const asked = { incident: request.params.id, hold, reason };
        return await response.holdEvidence(asked, personOf(actorOf(request)));
      },
    );
  }
}

function* withEnds(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
