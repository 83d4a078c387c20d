import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { DecisionAnswer } from '../../../src/api/contract/index.ts';
import { incidentQuery } from '../data/queries.ts';
import { Sentence } from '../incidents/sentence.tsx';
import { Mark } from '../mark.tsx';
import { markOfCut } from '../marks.ts';
import { STATUS_MEANS } from '../messages.ts';

/** What came of the answer, as it happens: each cut with its state and its tries. */
export function Effect({ decision }: { readonly decision: DecisionAnswer }): ReactElement | null {
  const { data: incident } = useQuery(incidentQuery(decision.incident));
  if (incident === undefined) return null;
  const cuts = incident.cuts.filter(({ id }) => decision.cuts.includes(id));
  return (
    <section className="card effect" aria-label="Effect" aria-live="polite">
      <h2>What comes of it</h2>
      <p>
        <Sentence incident={incident} />
      </p>
      <ul className="plain lines">
        {cuts.map(({ id, status, stage, subject, probes }) => (
          <li key={id}>
            <Mark name={markOfCut(status)}>{status}</Mark>
            <span>
              {stage} {subject.credential ?? subject.identity}
              <span className="small">
                {' '}
                {STATUS_MEANS[status]}; {probes.denialsInARow} denials in a row of {probes.count}{' '}
                tries
              </span>
            </span>
          </li>
        ))}
      </ul>
      {cuts.length === 0 ? <p className="small">No cut belongs to it.</p> : null}
      <Link to="/incidents/$id" params={{ id: incident.id }} className="button">
        Go to the incident
      </Link>
    </section>
  );
}
