import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { blastQuery } from '../data/queries.ts';

/** What whoever holds the identity gets to, as a sentence. */
export function Reach({ identity }: { readonly identity: string }): ReactElement | null {
  const { data } = useQuery(blastQuery(identity));
  if (data === undefined) return null;
  const { reachedCount, criticalServiceCount, reachesProduction, cutShort } = data;
  return (
    <>
      reaches {reachedCount}
      {cutShort === null ? '' : ' or more'}, {criticalServiceCount} critical services
      {reachesProduction ? ', production' : ''}
    </>
  );
}
