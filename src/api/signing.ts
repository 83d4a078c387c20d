import type { FastifyRequest } from 'fastify';
import { FirebreakError } from '../kernel/index.ts';
import { writeApproval, type Approval } from '../people/index.ts';
import type { Actor } from '../response/index.ts';
import {
  ChallengeAnswer,
  ChallengeRequest,
  IdParams,
  type AssertionJson,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { placeOf } from './place.ts';
import { actorOf, callerOf, route, signedInOf, type Api } from './route.ts';
import { credentialOf } from './webauthn.ts';

/** What settles a question. Taking notice, advising and handing over change nothing that needs a signature. */
const SETTLING = new Set(['approve', 'reject', 'sign', 'refuse']);

/** In the demo one signs in with a link, and has nothing to sign with until one adds a passkey. */
function maySettleUnsigned(request: FastifyRequest): boolean {
  const { signedIn } = callerOf(request);
  return signedIn === null || (signedIn.session.method === 'link' && signedIn.passkeys === 0);
}

/**
 * Who answers, with what their passkey signed. INVARIANT: a session settles nothing without the signature of its person over
 * this question, this answer and this digest; a token answers as far as its scope and the charter go.
 */
export async function signingActor(
  { people, settings }: ApiParts,
  request: FastifyRequest,
  approval: Approval,
  assertion: AssertionJson | undefined,
): Promise<Actor> {
  const actor = actorOf(request);
  if (!SETTLING.has(approval.outcome)) return actor;
  if (assertion === undefined) {
    if (maySettleUnsigned(request)) return actor;
    throw new FirebreakError('signature-needed', { problem: 'none was sent' });
  }
  if (actor.person === null) {
    const problem = 'nobody is behind this token';
    throw new FirebreakError('signature-needed', { problem });
  }
  const place = placeOf(request, settings);
  const credential = credentialOf(assertion);
  const signed = await people.passkeys.approve(place, actor.person, approval, credential);
  return { ...actor, assertion: writeApproval(signed) };
}

/** `path` names the question: what has to be signed to answer it. */
export function challengeRoute(
  api: Api,
  { people, settings }: ApiParts,
  word: string,
  path: string,
): void {
  api.post(
    `${path}/challenge`,
    route(
      'decide',
      {
        word,
        summary: 'What a passkey signs to answer',
        description:
          'SHA-256 of `firebreak approval`, the id, the outcome and the digest, each on a line of its own.',
      },
      { params: IdParams, body: ChallengeRequest },
      ChallengeAnswer,
    ),
    async (request) => {
      const { person } = signedInOf(request).session;
      const { outcome, digest } = request.body;
      const approval = { subject: request.params.id, outcome, digest };
      const place = placeOf(request, settings);
      return { publicKey: await people.passkeys.askToApprove(place, person, approval) };
    },
  );
}
