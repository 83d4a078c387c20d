import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, type ReactElement } from 'react';
import type { Decision } from '../../../src/api/contract/index.ts';
import { useNow } from '../clock.ts';
import { myDecisionsQuery, openIncidentsQuery } from '../data/queries.ts';
import { useKeys } from '../frame/keys.ts';
import { Loaded, Notice } from '../frame/problem.tsx';
import { Summary } from '../incidents/summary.tsx';
import { Mark } from '../mark.tsx';
import { SAY } from '../messages.ts';
import { countdownOf, shareLeft } from '../times.ts';
import { Automation } from './automation.tsx';

/** What is left, as a ring that empties and as a number. */
function Countdown({ decision }: { readonly decision: Decision }): ReactElement | null {
  const now = useNow();
  const { deadline, openedAt } = decision;
  if (deadline === null) return <Mark name="waiting">no deadline</Mark>;
  const deadlineMs = Date.parse(deadline);
  const share = shareLeft(Date.parse(openedAt), deadlineMs, now);
  const left = deadlineMs - now;
  return (
    <Mark name="waiting" share={share}>
      {left <= 0 ? 'time is over' : `in ${countdownOf(left)}`}
    </Mark>
  );
}

function MyDecision({ decision }: { readonly decision: Decision }): ReactElement {
  const { id, question, right, byDefault } = decision;
  const silence =
    byDefault === null
      ? 'If nobody answers, everything stays as it is.'
      : `If nobody answers: ${byDefault.stage}.`;
  return (
    <article className="card mine">
      <div>
        <p className="mine-head">
          <span className="label">{SAY.yourDecision}</span> <Countdown decision={decision} />
        </p>
        <h3>{question}</h3>
        <p className="small">
          {right === null ? 'no right covers it' : `right ${right}`}. {silence}
        </p>
      </div>
      <Link to="/decisions/$id" params={{ id }} className="button primary">
        {SAY.lookAndDecide}
      </Link>
    </article>
  );
}

function byDeadline(left: Decision, right: Decision): number {
  return Date.parse(left.deadline ?? '9999-01-01') - Date.parse(right.deadline ?? '9999-01-01');
}

export function Now(): ReactElement {
  const decisions = useQuery(myDecisionsQuery);
  const incidents = useQuery(openIncidentsQuery);
  const mine = (decisions.data ?? []).toSorted(byDeadline);
  useEffect(() => {
    document.title = mine.length === 0 ? 'Firebreak' : `(${mine.length}) Firebreak`;
  }, [mine.length]);
  useKeys([
    {
      keys: 'd',
      does: 'look at my first decision',
      run: () => document.querySelector<HTMLElement>('.mine .button')?.click(),
    },
  ]);
  return (
    <div className="page now">
      <h1 className="away">Now</h1>
      <section aria-label="My decisions" className="stack">
        {mine.map((decision) => (
          <MyDecision key={decision.id} decision={decision} />
        ))}
        {decisions.data?.length === 0 ? <p className="small">{SAY.noDecisions}</p> : null}
      </section>
      <section aria-labelledby="open-incidents" className="stack">
        <h2 id="open-incidents">Open incidents</h2>
        <Loaded of={incidents} rows={6}>
          {(open) =>
            open.length === 0 ? (
              <Notice
                title={SAY.noIncidents}
                next={SAY.noIncidentsNext}
                commands={[SAY.noIncidentsCommand]}
              />
            ) : (
              open.map((incident) => <Summary key={incident.id} incident={incident} />)
            )
          }
        </Loaded>
      </section>
      <Automation
        unproven={(incidents.data ?? []).reduce((sum, one) => sum + one.standing.unproven, 0)}
      />
    </div>
  );
}
