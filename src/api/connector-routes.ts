import type { ImportReport } from '../inventory/index.ts';
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
      const seen: unknown[] = [];
      const records = declared(readable(target, connector.inventory(context)), seen);
      const report = await parts.inventory.importRecords(records, {
        source: target,
        mode: 'snapshot',
        ...(shrink === undefined ? {} : { shrinkShareMax: shrink }),
      });
      const added = await parts.inventory.importRecords(seen, { source: `${target}/observed` });
      return joined(report, added);
    },
  );
}

/** Who is connected now is not all who ever are: what is only seen goes into an increment of its own. */
async function* declared(records: AsyncIterable<unknown>, seen: unknown[]): AsyncIterable<unknown> {
  for await (const record of records) {
    const isObserved =
      typeof record === 'object' && record !== null && Reflect.get(record, 'source') === 'observed';
    if (isObserved) seen.push(record);
    else yield record;
  }
}

function joined(one: ImportReport, other: ImportReport): ImportAnswer {
  return {
    ...one,
    added: one.added + other.added,
    changed: one.changed + other.changed,
    unchanged: one.unchanged + other.unchanged,
    pending: one.pending + other.pending,
    rejected: [...one.rejected, ...other.rejected],
    rejectedCount: one.rejectedCount + other.rejectedCount,
    revision: other.revision,
  };
}

async function* readable(target: string, records: AsyncIterable<unknown>): AsyncIterable<unknown> {
  try {
    yield* records;
  } catch (error) {
    const problem = messageOf(error);
    throw new FirebreakError('target-failed', { target, problem, attempts: 1 }, error);
  }
}
