import type { GroupReadiness } from '../authority/index.ts';
import { FirebreakError } from '../kernel/index.ts';
import { ReadinessAnswer, ReadinessQuery } from './contract/index.ts';
import type { ReadinessReader } from './readiness.ts';
import { route, type Api } from './route.ts';

function presentGroup(group: GroupReadiness): ReadinessAnswer['groups'][number] {
  const { classes, owners, identities, now, worst, reasons, restores, ...rest } = group;
  return {
    ...rest,
    classes: [...classes],
    owners: [...owners],
    identities: [...identities],
    now: { ...now, holders: [...now.holders] },
    worst: { ...worst, holders: [...worst.holders] },
    restores: restores.map((one) => ({ ...one })),
    reasons: [...reasons],
  };
}

function isAsked({ reason, all }: ReadinessQuery, group: GroupReadiness): boolean {
  if (reason !== undefined) return group.reasons.some((one) => one.reason === reason);
  return all === true || !group.isReady;
}

export async function readinessRoutes(api: Api, reader: ReadinessReader): Promise<void> {
  api.get(
    '/v1/authority/readiness',
    route(
      'read',
      {
        word: 'authority',
        summary: 'Which identities could be contained now, and why not the others',
      },
      { querystring: ReadinessQuery },
      ReadinessAnswer,
    ),
    async (request): Promise<ReadinessAnswer> => {
      const { query } = request;
      const { limit = 100, cursor = '0' } = query;
      if (!/^\d{1,9}$/u.test(cursor)) {
        throw new FirebreakError('request-invalid', { problem: 'cursor: is not one of ours' });
      }
      const readiness = await reader.read();
      const asked = readiness.groups.filter((group) => isAsked(query, group));
      const from = Number(cursor);
      const { at, identities, ready, ownerless, byReason } = readiness;
      return {
        at,
        identities,
        ready,
        share: identities === 0 ? 1 : ready / identities,
        ownerless,
        byReason: { ...byReason },
        groups: asked.slice(from, from + limit).map(presentGroup),
        cursor: from + limit < asked.length ? String(from + limit) : null,
      };
    },
  );
}
