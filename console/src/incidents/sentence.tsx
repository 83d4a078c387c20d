import type { ReactElement } from 'react';
import type { IncidentSummary } from '../../../src/api/contract/index.ts';
import { Mark } from '../mark.tsx';
import { markOfIncident } from '../marks.ts';
import { SAY } from '../messages.ts';

type Stood = Pick<IncidentSummary, 'status' | 'standing'>;

function wordsOf({ status, standing }: Stood): string {
  if (status === 'closed') return SAY.closed;
  return status === 'restoring' ? SAY.restoring : standing.sentence;
}

/** The one sentence of state. */
export function Sentence({ incident }: { readonly incident: Stood }): ReactElement {
  return <Mark name={markOfIncident(incident)}>{wordsOf(incident)}</Mark>;
}
