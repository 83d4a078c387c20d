import { LIMITS } from '../kernel/index.ts';
import {
  AskedAnswer,
  EnrolledAnswer,
  EnrolRequest,
  PasskeyAnswer,
  PasskeysAnswer,
  RecoveryCodesAnswer,
  RenameRequest,
  SessionParams,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { placeOf } from './place.ts';
import { presentPasskey } from './present-people.ts';
import { dangerous, route, signedInOf, type Api } from './route.ts';
import { registrationOf } from './webauthn.ts';

const word = 'passkeys';

/** My passkeys and recovery codes. */
export async function passkeyRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { passkeys } = parts.people;
  addRoutes(api, parts);
  api.get(
    '/v1/passkeys',
    route('read', { word, summary: 'My passkeys' }, {}, PasskeysAnswer),
    async (request) => {
      const { person } = signedInOf(request).session;
      const [own, recoveryCodesLeft] = await Promise.all([
        passkeys.list(person),
        passkeys.recoveryCodesLeft(person),
      ]);
      return { passkeys: own.map(presentPasskey), recoveryCodesLeft };
    },
  );
  api.patch(
    '/v1/passkeys/:id',
    route(
      'read',
      { word, summary: 'Name one of my passkeys' },
      { params: SessionParams, body: RenameRequest },
      PasskeyAnswer,
    ),
    async (request) => {
      const { person } = signedInOf(request).session;
      const { id } = request.params;
      return presentPasskey(await passkeys.rename(person, id, request.body.name));
    },
  );
  api.delete(
    '/v1/passkeys/:id',
    dangerous(
      route(
        'read',
        { word, summary: 'Remove one of my passkeys' },
        { params: SessionParams },
        null,
      ),
    ),
    async (request, reply) => {
      const { person } = signedInOf(request).session;
      await passkeys.remove(person, request.params.id);
      return await reply.code(204).send();
    },
  );
  api.post(
    '/v1/recovery-codes',
    dangerous(
      route(
        'read',
        { word, summary: 'New recovery codes in the place of the old ones' },
        {},
        RecoveryCodesAnswer,
        201,
      ),
    ),
    async (request, reply) => {
      const codes = await passkeys.renewRecoveryCodes(signedInOf(request).session.person);
      reply.code(201);
      return { recoveryCodes: [...codes] };
    },
  );
}

function addRoutes(api: Api, { people, settings }: ApiParts): void {
  const { passkeys } = people;
  api.post(
    '/v1/passkeys/options',
    dangerous(route('read', { word, summary: 'Ask a device for a passkey' }, {}, AskedAnswer)),
    (request) => passkeys.askToAdd(placeOf(request, settings), signedInOf(request).session),
  );
  api.post(
    '/v1/passkeys',
    {
      ...dangerous(
        route(
          'read',
          { word, summary: 'Add a passkey' },
          { body: EnrolRequest },
          EnrolledAnswer,
          201,
        ),
      ),
      bodyLimit: LIMITS.signInBytesMax,
    },
    async (request, reply) => {
      const { session } = signedInOf(request);
      const place = placeOf(request, settings);
      const enrolled = await passkeys.add(place, session, registrationOf(request.body));
      reply.code(201);
      const { passkey, recoveryCodes } = enrolled;
      return { passkey: presentPasskey(passkey), recoveryCodes: [...recoveryCodes] };
    },
  );
}
