import type { Proposal } from '../authority/index.ts';
import { toTimestamp } from '../kernel/index.ts';
import {
  ChartersAnswer,
  IdParams,
  ProposalAnswer,
  ProposeRequest,
  SignRequest,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { callerOf, dangerous, route, type Api } from './route.ts';
import { challengeRoute, signingActor } from './signing.ts';

function present(proposal: Proposal): ProposalAnswer {
  const { id, state, charter, roster, proposedBy, changes, proof, signatures } = proposal;
  return {
    id,
    state,
    charter,
    roster,
    proposedBy,
    effective: toTimestamp(proposal.effectiveMs),
    proposedAt: toTimestamp(proposal.proposedAtMs),
    changes: [...changes],
    proof: { ...proof, first: [...proof.first] },
    signatures: signatures.map(({ atMs, ...one }) => ({ ...one, at: toTimestamp(atMs) })),
  };
}

/** New revisions of the rules: proposed by an administrator, adopted by the people whom the rules themselves name. */
export async function charterRoutes(api: Api, parts: ApiParts): Promise<void> {
  const { authority } = parts;
  const word = 'authority';
  challengeRoute(api, parts, word, '/v1/authority/charters/:id');
  const { adoption } = authority;
  api.get(
    '/v1/authority/charters',
    route('read', { word, summary: 'What holds, and what is proposed' }, {}, ChartersAnswer),
    async (): Promise<ChartersAnswer> => {
      const { charter, roster, fileDiffers } = authority.adopted();
      const proposals = (await adoption.proposals()).map(present);
      return { adopted: { charter, roster, fileDiffers }, proposals };
    },
  );
  api.post(
    '/v1/authority/charters',
    dangerous(
      route(
        'admin',
        {
          word,
          summary: 'Propose a revision',
          description: 'Answers with what it would change and what the prover says of it.',
        },
        { body: ProposeRequest },
        ProposalAnswer,
        201,
      ),
    ),
    async (request, reply) => {
      const proposal = await adoption.propose(request.body, callerOf(request).name);
      reply.code(201);
      return present(proposal);
    },
  );
  api.get(
    '/v1/authority/charters/:id',
    route('read', { word, summary: 'One proposal' }, { params: IdParams }, ProposalAnswer),
    async (request) => present(await adoption.proposal(request.params.id)),
  );
  api.post(
    '/v1/authority/charters/:id/signatures',
    route(
      'decide',
      { word, summary: 'Sign a proposal, or refuse it' },
      { params: IdParams, body: SignRequest },
      ProposalAnswer,
    ),
    async (request) => {
      const { assertion, ...given } = request.body;
      const { id: subject } = request.params;
      const { outcome } = given;
      const { digest } = (await adoption.proposal(subject)).charter;
      const actor = await signingActor(parts, request, { subject, outcome, digest }, assertion);
      return present(await adoption.sign(subject, given, actor));
    },
  );
}
