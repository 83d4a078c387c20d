import { FirebreakError, LIMITS, messageOf } from '../kernel/index.ts';
import { ImportAnswer, SyncParams, SyncQuery } from './contract/index.ts';
import type { ApiParts } from './parts.ts';
import { route, type Api } from './route.ts';

export async function connectorRoutes(api: Api, parts: ApiParts): Promise<void> {
  api.post(
    '/v1/connectors/:target/sync',
    route(
      'inventory:write',
      {
        word: 'inventory',
        summary: 'Read the inventory of a target through its connector',
        description:
          'What the target knows becomes the snapshot of a source of the same name: what it no longer names is marked gone.',
      },
      { params: SyncParams, querystring: SyncQuery },
      ImportAnswer,
    ),
    async (request): Promise<ImportAnswer> => {
      const { target } = request.params;
      const { shrink } = request.query;
      const connector = parts.connectors?.get(target);
      if (connector === undefined) throw new FirebreakError('target-unknown', { target });
      if (connector.inventory === undefined) {
        throw new FirebreakError('connector-cannot-sync', { target });
      }
      const context = { idempotencyKey: 'sync', timeoutMs: LIMITS.syncTimeoutMs };
      const records = readable(target, connector.inventory(context));
      const report = await parts.inventory.importRecords(records, {
        source: target,
        mode: 'snapshot',
        ...(shrink === undefined ? {} : { shrinkShareMax: shrink }),
      });
      return { ...report, rejected: [...report.rejected] };
    },
  );
}

async function* readable(target: string, records: AsyncIterable<unknown>): AsyncIterable<unknown> {
  try {
    yield* records;
  } catch (error) {
    const problem = messageOf(error);
    throw new FirebreakError('target-failed', { target, problem, attempts: 1 }, error);
  }
}
