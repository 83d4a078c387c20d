import { FirebreakError, SIGNAL_TYPES, type SignalType } from '../kernel/index.ts';
import type { CutCapability } from '../dependencies/index.ts';
import type { IdentityRecord } from '../inventory/index.ts';
import {
  BlastAnswer,
  BlastQuery,
  CheapestCutAnswer,
  CheapestCutRequest,
  CollateralAnswer,
  CollateralQuery,
  IdentityParams,
  RotationAnswer,
  SharedUsesAnswer,
} from './contract/index.ts';
import { findIdentity } from './inventory-routes.ts';
import type { ApiParts } from './parts.ts';
import { presentBlast, presentCollateral, presentCut, presentShared } from './present-map.ts';
import { route, type Api } from './route.ts';

const word = 'dependencies';

function capabilitiesOf(
  { connectors }: ApiParts,
  { target }: IdentityRecord,
): { readonly capabilities?: readonly CutCapability[] } {
  const connector = connectors?.get(target);
  return connector === undefined ? {} : { capabilities: connector.describe().guarantees };
}

function signalType(text: string): SignalType {
  const known = SIGNAL_TYPES.find((type) => type === text);
  if (known !== undefined) return known;
  const problem = `signal is one of ${SIGNAL_TYPES.join(', ')}`;
  throw new FirebreakError('request-invalid', { problem });
}

/** The identity, or one of its credentials when the request names one. */
async function subjectOf(
  { inventory }: ApiParts,
  identity: IdentityRecord,
  credential: string | undefined,
): Promise<string> {
  if (credential === undefined) return identity.id;
  const found = await inventory.find(credential);
  if (found.credential !== null && found.identity.id === identity.id) return found.credential.id;
  const problem = 'credential is none of this identity';
  throw new FirebreakError('request-invalid', { problem });
}

/** A name that leads nowhere is refused: taken for nothing, it would read as "there is nothing to cut". */
async function idsOf({ inventory }: ApiParts, refs: readonly string[]): Promise<readonly string[]> {
  return await Promise.all(refs.map((ref) => inventory.idOf(ref)));
}

export async function dependencyRoutes(api: Api, parts: ApiParts): Promise<void> {
  api.get(
    '/v1/identities/:id/blast-radius',
    route(
      'read',
      { word, summary: 'Forward: what whoever holds it reaches' },
      { params: IdentityParams, querystring: BlastQuery },
      BlastAnswer,
    ),
    async (request) => {
      const { id } = await findIdentity(parts, request.params.id);
      const { depth } = request.query;
      await parts.dependencies.current();
      const options = depth === undefined ? {} : { depthMax: depth };
      return presentBlast(parts, parts.dependencies.blastRadius(id, options));
    },
  );
  api.get(
    '/v1/identities/:id/collateral',
    route(
      'read',
      {
        word,
        summary: 'Backward: what a cut breaks',
        description:
          'Of the identity, or of one credential of it; at one stage, of one scope, or in full.',
      },
      { params: IdentityParams, querystring: CollateralQuery },
      CollateralAnswer,
    ),
    async (request) => {
      const { credential, stage, scope, signal } = request.query;
      if (scope !== undefined && stage !== undefined && stage !== 'restrict') {
        const problem = 'a single scope is taken away by restrict: leave the stage out';
        throw new FirebreakError('request-invalid', { problem });
      }
      const identity = await findIdentity(parts, request.params.id);
      const subject = await subjectOf(parts, identity, credential);
      await parts.dependencies.current();
      const options = {
        ...capabilitiesOf(parts, identity),
        ...(stage === undefined ? {} : { stage }),
        ...(scope === undefined ? {} : { scope }),
        ...(signal === undefined ? {} : { signal: signalType(signal) }),
      };
      return await presentCollateral(parts, parts.dependencies.collateral(subject, options));
    },
  );
  planRoutes(api, parts);
  sharedRoutes(api, parts);
}

function planRoutes(api: Api, parts: ApiParts): void {
  api.get(
    '/v1/identities/:id/rotation',
    route(
      'read',
      { word, summary: 'In which order its access, and what it opens, must be renewed' },
      { params: IdentityParams },
      RotationAnswer,
    ),
    async (request) => {
      const { id } = await findIdentity(parts, request.params.id);
      await parts.dependencies.current();
      return parts.dependencies.rotation(id);
    },
  );
  api.post(
    '/v1/dependencies/cheapest-cut',
    route(
      'read',
      {
        word,
        summary: 'The cheapest cuts between what is compromised and what must not be reached',
        description: 'Answers only; to cut, ask for a containment.',
      },
      { body: CheapestCutRequest },
      CheapestCutAnswer,
    ),
    async (request) => {
      const { compromised, protect, keep } = request.body;
      const question = {
        compromised: await idsOf(parts, compromised),
        ...(protect === undefined ? {} : { protect: await idsOf(parts, protect) }),
        ...(keep === undefined ? {} : { keep: await idsOf(parts, keep) }),
      };
      await parts.dependencies.current();
      return presentCut(parts, parts.dependencies.cheapestCut(question));
    },
  );
}

function sharedRoutes(api: Api, parts: ApiParts): void {
  api.get(
    '/v1/identities/:id/shared-uses',
    route(
      'read',
      { word, summary: 'Where consumers that do not belong together share its credentials' },
      { params: IdentityParams },
      SharedUsesAnswer,
    ),
    async (request) => {
      const { id } = await findIdentity(parts, request.params.id);
      await parts.dependencies.current();
      return await presentShared(parts, parts.dependencies.sharedUses(id));
    },
  );
  api.get(
    '/v1/dependencies/shared-uses',
    route(
      'read',
      {
        word,
        summary:
          'Every credential that consumers share who do not belong together, every copied secret',
        description: '`count` is of all, `found` holds the first thousand.',
      },
      {},
      SharedUsesAnswer,
    ),
    async () => {
      await parts.dependencies.current();
      return await presentShared(parts, parts.dependencies.sharedUses());
    },
  );
}
