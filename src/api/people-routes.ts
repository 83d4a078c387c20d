import { toTimestamp } from '../kernel/index.ts';
import {
  AdministratorRequest,
  InvitedAnswer,
  PeopleAnswer,
  PersonAnswer,
  PersonParams,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { placeOf } from './place.ts';
import { presentPerson } from './present-people.ts';
import { callerOf, dangerous, route, type Api } from './route.ts';

const word = 'people';

/** The people of the roster, for administrators: who may come in, and who is in. */
export async function peopleRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { people } = parts;
  const { administration } = people;
  invitingRoutes(api, parts);
  api.get(
    '/v1/people',
    route('admin', { word, summary: 'Everybody of the roster' }, {}, PeopleAnswer),
    async () => ({ people: (await administration.list()).map(presentPerson) }),
  );
  api.put(
    '/v1/people/:person',
    dangerous(
      route(
        'admin',
        { word, summary: 'Make somebody an administrator, or not any more' },
        { params: PersonParams, body: AdministratorRequest },
        PersonAnswer,
      ),
    ),
    async (request) => {
      const { name } = callerOf(request);
      const { person } = request.params;
      const { administrator } = request.body;
      return presentPerson(await administration.setAdministrator(person, administrator, name));
    },
  );
  api.delete(
    '/v1/people/:person/sessions',
    dangerous(
      route('admin', { word, summary: "End somebody's sessions" }, { params: PersonParams }, null),
    ),
    async (request, reply) => {
      await people.sessions.endAll(request.params.person, callerOf(request).name);
      return await reply.code(204).send();
    },
  );
  api.delete(
    '/v1/people/:person/passkeys',
    dangerous(
      route(
        'admin',
        {
          word,
          summary: "Remove somebody's passkeys",
          description: 'A device was lost or stolen: recovery codes and sessions end as well.',
        },
        { params: PersonParams },
        null,
      ),
    ),
    async (request, reply) => {
      await administration.removePasskeys(request.params.person, callerOf(request).name);
      return await reply.code(204).send();
    },
  );
}

function invitingRoutes(api: Api, { people, settings }: ApiParts): void {
  const { invitations } = people;
  const path = '/v1/people/:person/invitations';
  api.post(
    path,
    dangerous(
      route(
        'admin',
        {
          word,
          summary: 'Invite somebody to add their first passkey',
          description: 'The link works once, for three days. A newer one ends the older.',
        },
        { params: PersonParams },
        InvitedAnswer,
        201,
      ),
    ),
    async (request, reply) => {
      const { person } = request.params;
      const { origin } = placeOf(request, settings);
      const { text, expiresAtMs } = await invitations.invite(person, callerOf(request).name);
      reply.code(201);
      return {
        person,
        link: `${origin}/enrol#invitation=${text}`,
        invitation: text,
        expiresAt: toTimestamp(expiresAtMs),
      };
    },
  );
  api.delete(
    path,
    dangerous(
      route('admin', { word, summary: 'Withdraw an invitation' }, { params: PersonParams }, null),
    ),
    async (request, reply) => {
      await invitations.withdraw(request.params.person, callerOf(request).name);
      return await reply.code(204).send();
    },
  );
}
