import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { incidentsQuery } from '../data/queries.ts';
import { Loaded, Notice } from '../frame/problem.tsx';
import { Summary } from './summary.tsx';

const STATUSES = ['all', 'open', 'restoring', 'closed'] as const;

export function Incidents(): ReactElement {
  const { status = 'all' } = useSearch({ from: '/incidents' });
  const result = useQuery(incidentsQuery(status));
  return (
    <div className="page">
      <h1>Incidents</h1>
      <nav aria-label="By status" className="choices">
        {STATUSES.map((one) => (
          <Link
            key={one}
            to="/incidents"
            search={one === 'all' ? {} : { status: one }}
            aria-current={one === status ? 'true' : undefined}
          >
            {one}
          </Link>
        ))}
      </nav>
      <Loaded of={result} rows={6}>
        {(incidents) =>
          incidents.length === 0 ? (
            <Notice
              title="No incident is like that."
              next="A signal opens one. To see one now:"
              commands={['npm run demo']}
            />
          ) : (
            <ol className="plain stack">
              {incidents.map((incident) => (
                <li key={incident.id}>
                  <Summary incident={incident} />
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </div>
  );
}
