import { FirebreakError } from '../kernel/index.ts';
import {
  CheckpointAnswer,
  EntriesAnswer,
  EntriesQuery,
  ProofAnswer,
  ProofQuery,
} from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { base64, presentEntry } from './present.ts';
import { route, type Api } from './route.ts';
import { Readable } from 'node:stream';

const word = 'ledger';

export async function ledgerRoutes(api: Api, { ledger }: ApiParts): Promise<void> {
  api.get(
    '/v1/ledger/checkpoint',
    route('read', { word, summary: 'The latest signed checkpoint' }, {}, CheckpointAnswer),
    async (): Promise<CheckpointAnswer> => {
      const { size, root, note } = await ledger.latestCheckpoint();
      const { origin, verifierKey } = ledger;
      return { origin, size, root: base64(root), note, verifierKey };
    },
  );
  api.get(
    '/v1/ledger/entries',
    route(
      'read',
      { word, summary: 'Sealed entries by position' },
      { querystring: EntriesQuery },
      EntriesAnswer,
    ),
    async (request): Promise<EntriesAnswer> => {
      const { from = 0, limit, kind } = request.query;
      const page = { from, ...(limit === undefined ? {} : { limit }) };
      const read = kind === undefined ? ledger.entries(page) : ledger.entriesOfKind(kind, page);
      return { entries: (await read).map(presentEntry) };
    },
  );
  api.get(
    '/v1/ledger/export',
    route(
      'read',
      { word, summary: 'Everything sealed, for offline verification (NDJSON)' },
      {},
      null,
    ),
    async (_request, reply) => {
      reply.type('application/x-ndjson');
      return Readable.from(withEnds(ledger.exportLines()));
    },
  );
}

async function* withEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

export async function proofRoutes(api: Api, { ledger }: ApiParts): Promise<void> {
  api.get(
    '/v1/ledger/proof',
    route(
      'read',
      { word, summary: 'Proof that an entry is in the tree, or that one tree continues another' },
      { querystring: ProofQuery },
      ProofAnswer,
    ),
    async (request) => {
      const { position, size, from, to } = request.query;
      if (position !== undefined && from === undefined && to === undefined) {
        const proof = await ledger.proof(position, size);
        const { leafHash, hashes, root } = proof;
        return {
          ...proof,
          leafHash: base64(leafHash),
          hashes: hashes.map(base64),
          root: base64(root),
        };
      }
      if (position === undefined && size === undefined && from !== undefined && to !== undefined) {
        if (from > to) throw new FirebreakError('ledger-range', { index: from, size: to });
        const proof = await ledger.consistency(from, to);
        const { fromRoot, toRoot, hashes } = proof;
        return {
          from,
          to,
          fromRoot: base64(fromRoot),
          toRoot: base64(toRoot),
          hashes: hashes.map(base64),
        };
      }
      const problem = 'give position (and size), or from and to';
      throw new FirebreakError('request-invalid', { problem });
    },
  );
}
