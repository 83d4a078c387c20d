import { FirebreakError, isId, LIMITS, Secret } from '../kernel/index.ts';
import type { Found, IdentityRecord, LookupRef } from '../inventory/index.ts';
import { parseJson } from './body.ts';
import {
  FacetsAnswer,
  FacetsQuery,
  IdentitiesAnswer,
  IdentitiesQuery,
  IdentityAnswer,
  IdentityParams,
  ImportAnswer,
  ImportQuery,
  LookupAnswer,
  LookupQuery,
  LookupSecretRequest,
  SourcesAnswer,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { presentFound } from './present-card.ts';
import { presentCredential, presentFacets, presentIdentity } from './present.ts';
import { route, type Api } from './route.ts';

const word = 'inventory';

export async function findIdentity({ inventory }: ApiParts, id: string): Promise<IdentityRecord> {
  const identity = isId('identity', id) ? await inventory.identity(id) : null;
  if (identity === null) throw new FirebreakError('identity-unknown', { ref: id });
  return identity;
}

async function lookUp(parts: ApiParts, ref: LookupRef): Promise<LookupAnswer> {
  const found: Found = await parts.inventory.find(ref);
  const { credential } = found;
  return {
    ...(await presentFound(parts, found)),
    credential: credential === null ? null : presentCredential(credential),
  };
}

/** Lists, and what they hold by facet. */
function listRoutes(api: Api, parts: ApiParts): void {
  api.get(
    '/v1/identities',
    route(
      'read',
      { word, summary: 'List identities' },
      { querystring: IdentitiesQuery },
      IdentitiesAnswer,
    ),
    async (request): Promise<IdentitiesAnswer> => {
      const { identities, listed, cursor } = await parts.inventory.list(request.query);
      return {
        identities: identities.flatMap((one) => {
          const facts = listed.get(one.id);
          return facts === undefined ? [] : { ...presentIdentity(one), ...facts };
        }),
        cursor,
      };
    },
  );
  api.get(
    '/v1/identities/facets',
    route(
      'read',
      {
        word,
        summary: 'How many identities there are of each kind, environment, owner state, ...',
      },
      { querystring: FacetsQuery },
      FacetsAnswer,
    ),
    async (request) => presentFacets(await parts.inventory.facets(request.query)),
  );
}

export async function inventoryRoutes(api: Api, parts: ApiParts): Promise<void> {
  listRoutes(api, parts);
  api.get(
    '/v1/identities/:id',
    route(
      'read',
      { word, summary: 'One identity with its owners, credentials and incidents' },
      { params: IdentityParams },
      IdentityAnswer,
    ),
    async (request) => {
      const identity = await findIdentity(parts, request.params.id);
      return await presentFound(parts, { identity });
    },
  );
  api.get(
    '/v1/lookup',
    route(
      'read',
      { word, summary: 'Find an identity by any reference' },
      { querystring: LookupQuery },
      LookupAnswer,
    ),
    (request) => lookUp(parts, request.query.ref),
  );
  api.post(
    '/v1/lookup',
    route(
      'read',
      {
        word,
        summary: 'Find an identity by the secret itself',
        description: 'The secret is compared by keyed fingerprint and forgotten.',
      },
      { body: LookupSecretRequest },
      LookupAnswer,
    ),
    (request) => lookUp(parts, { secret: new Secret(request.body.secret) }),
  );
}

/** A document is a list of records, or an object that holds one. */
function recordsOf(document: unknown): readonly unknown[] {
  const inner: unknown =
    typeof document === 'object' && document !== null && 'records' in document
      ? document.records
      : document;
  if (Array.isArray(inner)) return inner;
  const problem = 'a document is a list of records, or {"records": [...]}';
  throw new FirebreakError('request-invalid', { problem });
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

const STREAMED = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/yaml',
  'text/yaml',
  'text/csv',
];

/** Lines are never all in memory, so only a document has a limit of its size. */
export async function importRoutes(api: Api, parts: ApiParts): Promise<void> {
  for (const type of STREAMED) {
    api.addContentTypeParser(type, (_request, payload, done) => {
      done(null, payload);
    });
  }
  api.removeContentTypeParser('application/json');
  api.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => recordsOf(parseJson(body)),
  );
  api.post(
    '/v1/inventory/import',
    {
      bodyLimit: LIMITS.requestBytesMax,
      ...route(
        'inventory:write',
        {
          word,
          summary: 'Import an inventory',
          description:
            'NDJSON (application/x-ndjson), a Backstage catalog (application/yaml) or a CSV with its mapping (text/csv) of any length, streamed; or one JSON document. Nothing of it is seen before all of it is there.',
        },
        { querystring: ImportQuery },
        ImportAnswer,
      ),
    },
    async (request): Promise<ImportAnswer> => {
      const { body } = request;
      const { source = 'import', mode, shrink, format, mapping } = request.query;
      const options = {
        source,
        ...(mode === undefined ? {} : { mode }),
        ...(shrink === undefined ? {} : { shrinkShareMax: shrink }),
      };
      const document = {
        ...options,
        ...(format === undefined ? {} : { format }),
        ...(mapping === undefined ? {} : { mapping }),
      };
      const report = isStream(body)
        ? await parts.inventory.importDocument(body, document)
        : await parts.inventory.importRecords(recordsOf(body), options);
      return { ...report, rejected: [...report.rejected] };
    },
  );
  api.get(
    '/v1/inventory/sources',
    route(
      'read',
      { word, summary: 'Who feeds the inventory, and what waits for an unknown node' },
      {},
      SourcesAnswer,
    ),
    async (): Promise<SourcesAnswer> => {
      const [sources, pendingEdges, claims] = await Promise.all([
        parts.inventory.sources(),
        parts.inventory.pendingEdges(),
        parts.inventory.pendingClaims(),
      ]);
      const pendingClaims = claims.map((claim) => ({ ...claim, says: [...claim.says] }));
      return { sources: [...sources], pendingEdges: [...pendingEdges], pendingClaims };
    },
  );
}
