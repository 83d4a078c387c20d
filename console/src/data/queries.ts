import { queryOptions } from '@tanstack/react-query';
import type {
  BlastAnswer,
  CollateralAnswer,
  DecisionAnswer,
  DecisionsAnswer,
  IncidentAnswer,
  IncidentsAnswer,
  MeAnswer,
  ReadinessAnswer,
  ReadyAnswer,
  SourcesAnswer,
  TimelineAnswer,
} from '../../../src/api/contract/index.ts';
import type { QueryClient } from '@tanstack/react-query';
import { ask, ConsoleProblem } from './ask.ts';

/** When the line is down nothing is pushed: then it is asked now and then. */
const POLL_MS = 15_000;
const SLOW_MS = 60_000;

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => ask<MeAnswer>('/v1/me'),
  staleTime: SLOW_MS,
  retry: (count, error) => !(error instanceof ConsoleProblem && error.status === 401) && count < 3,
});

export const openIncidentsQuery = queryOptions({
  queryKey: ['incidents', 'open'],
  queryFn: async () => {
    const [open, restoring] = await Promise.all(
      ['open', 'restoring'].map((status) =>
        ask<IncidentsAnswer>(`/v1/incidents?status=${status}&limit=50`),
      ),
    );
    return [...(open?.incidents ?? []), ...(restoring?.incidents ?? [])];
  },
  refetchInterval: POLL_MS,
});

export const incidentsQuery = (status: string) =>
  queryOptions({
    queryKey: ['incidents', 'list', status],
    queryFn: async () => {
      const filter = status === 'all' ? '' : `&status=${encodeURIComponent(status)}`;
      return (await ask<IncidentsAnswer>(`/v1/incidents?limit=100${filter}`)).incidents;
    },
  });

export const myDecisionsQuery = queryOptions({
  queryKey: ['decisions', 'mine'],
  queryFn: async () =>
    (await ask<DecisionsAnswer>('/v1/decisions?state=open&person=me&limit=50')).decisions,
  refetchInterval: POLL_MS,
});

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ['incident', id],
    queryFn: () => ask<IncidentAnswer>(`/v1/incidents/${encodeURIComponent(id)}`),
  });

/** Only what is new is asked for: a long timeline is read once. */
export const timelineQuery = (id: string, client: QueryClient) => {
  const queryKey = ['incident', id, 'timeline'];
  return queryOptions({
    queryKey,
    queryFn: async (): Promise<TimelineAnswer['entries']> => {
      const known = client.getQueryData<TimelineAnswer['entries']>(queryKey) ?? [];
      const after = known.at(-1)?.ordinal ?? -1;
      const path = `/v1/incidents/${encodeURIComponent(id)}/timeline?after=${after}`;
      const { entries } = await ask<TimelineAnswer>(path);
      return entries.length === 0 ? known : [...known, ...entries];
    },
    structuralSharing: false,
  });
};

export const decisionQuery = (id: string) =>
  queryOptions({
    queryKey: ['decisions', 'one', id],
    queryFn: () => ask<DecisionAnswer>(`/v1/decisions/${encodeURIComponent(id)}`),
  });

export const collateralQuery = (identity: string) =>
  queryOptions({
    queryKey: ['collateral', identity],
    queryFn: () =>
      ask<CollateralAnswer>(`/v1/identities/${encodeURIComponent(identity)}/collateral`),
    staleTime: SLOW_MS,
  });

export const blastQuery = (identity: string) =>
  queryOptions({
    queryKey: ['blast', identity],
    queryFn: () =>
      ask<BlastAnswer>(`/v1/identities/${encodeURIComponent(identity)}/blast-radius?depth=6`),
    staleTime: SLOW_MS,
  });

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: () => ask<SourcesAnswer>('/v1/inventory/sources'),
  refetchInterval: SLOW_MS,
});

export const readinessQuery = queryOptions({
  queryKey: ['readiness'],
  queryFn: () => ask<ReadinessAnswer>('/v1/authority/readiness?limit=1'),
  refetchInterval: SLOW_MS,
  staleTime: SLOW_MS,
});

export const readyQuery = queryOptions({
  queryKey: ['ready'],
  queryFn: () => ask<ReadyAnswer>('/readyz'),
  refetchInterval: POLL_MS,
});
