import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState, type ReactElement } from 'react';
import { Button } from 'react-aria-components';
import type { DecisionAnswer } from '../../../src/api/contract/index.ts';
import { useNow } from '../clock.ts';
import { decisionQuery, meQuery } from '../data/queries.ts';
import { Loaded } from '../frame/problem.tsx';
import { Mark } from '../mark.tsx';
import { markOfDecision } from '../marks.ts';
import { SAY } from '../messages.ts';
import { Time, TimeAndDistance } from '../time.tsx';
import { countdownOf, shareLeft } from '../times.ts';
import { Answer } from './answer.tsx';
import { Card } from './card.tsx';
import { Effect } from './effect.tsx';
import { whyYou } from './facts.ts';

/** The ring that empties as the deadline nears, with the time beside it. */
function Ring({ decision }: { readonly decision: DecisionAnswer }): ReactElement {
  const now = useNow();
  const { state, deadline, openedAt } = decision;
  if (state !== 'open') return <Mark name={markOfDecision(state)}>{state}</Mark>;
  if (deadline === null) return <Mark name="waiting">no deadline</Mark>;
  const share = shareLeft(Date.parse(openedAt), Date.parse(deadline), now);
  return (
    <span className="ring">
      <Mark name="waiting" share={share}>
        {countdownOf(Date.parse(deadline) - now)}
      </Mark>{' '}
      <span className="small">
        until <Time at={deadline} />
      </span>
    </span>
  );
}

function Ladder({ decision }: { readonly decision: DecisionAnswer }): ReactElement {
  const { ladder, next, needs } = decision;
  return (
    <details>
      <summary>Who is asked</summary>
      <ol className="plain">
        {ladder.map(({ seat, people, openedAt, decideBy, acknowledgedBy }) => (
          <li key={seat}>
            {people.join(', ') || SAY.nobody}{' '}
            <span className="small">
              {seat}
              {openedAt === null ? ', told beforehand' : ''}
              {acknowledgedBy === null ? '' : `, acknowledged by ${acknowledgedBy}`}
              {decideBy === null ? null : (
                <>
                  , by <TimeAndDistance at={decideBy} />
                </>
              )}
            </span>
          </li>
        ))}
        {next === null ? null : (
          <li className="small">
            then {next.people.join(', ') || SAY.nobody} ({next.seat})
          </li>
        )}
      </ol>
      <p className="small">
        It takes {needs.deciders} who decide
        {needs.approvers > 0 ? ` and ${needs.approvers} who approve` : ''}.
      </p>
    </details>
  );
}

/** The exact action, as it is signed. */
function Exactly({ decision }: { readonly decision: DecisionAnswer }): ReactElement {
  return (
    <details>
      <summary>
        Exactly what is asked <code>{decision.digest.slice(7, 19)}</code>
      </summary>
      <p className="mono">{decision.digest}</p>
      <pre className="mono">{JSON.stringify(decision.action, null, 2)}</pre>
      <p className="small">
        Under charter {decision.charter.id}, revision {decision.charter.revision}
        {decision.right === null ? '' : `, right ${decision.right}`}.
      </p>
    </details>
  );
}

function History({ decision }: { readonly decision: DecisionAnswer }): ReactElement {
  return (
    <details>
      <summary>History</summary>
      <ol className="plain timeline">
        {decision.history.map(({ ordinal, at, text }) => (
          <li key={ordinal}>
            <Time at={at} seconds />
            <span>{text}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function DecisionOf({ decision }: { readonly decision: DecisionAnswer }): ReactElement {
  const me = useQuery(meQuery).data;
  const [shownDigest, setShownDigest] = useState(decision.digest);
  const isChanged = decision.digest !== shownDigest;
  const { question, state, decidedBy, reason, incident } = decision;
  useEffect(() => {
    document.title = `${question} · ${SAY.product}`;
  }, [question]);
  return (
    <div className="page decision">
      <header className="stack">
        <Ring decision={decision} />
        <h1>{question}</h1>
        <p>{whyYou(decision, me?.person ?? null)}</p>
        {state === 'open' ? null : (
          <p className="strong">
            {state}
            {decidedBy === null ? '' : ` by ${decidedBy}`}
            {reason === null ? '' : `: “${reason}”`}
          </p>
        )}
      </header>
      {isChanged ? (
        <div className="notice" role="alert">
          <p>{SAY.changed}</p>
          <Button
            className="button"
            onPress={() => {
              setShownDigest(decision.digest);
            }}
          >
            I have read it again
          </Button>
        </div>
      ) : null}
      {state === 'open' ? null : <Effect decision={decision} />}
      <Card decision={decision} />
      {isChanged ? null : <Answer decision={decision} me={me} shownDigest={shownDigest} />}
      <section className="card stack" aria-label="More">
        <Exactly decision={decision} />
        <Ladder decision={decision} />
        <History decision={decision} />
        <p className="row small">
          <Link to="/incidents/$id" params={{ id: incident }}>
            incident
          </Link>
          <Link to="/incidents/$id" params={{ id: incident }} search={{ show: 'map' }}>
            map
          </Link>
          <Link to="/incidents/$id" params={{ id: incident }} search={{ show: 'timeline' }}>
            timeline
          </Link>
        </p>
      </section>
    </div>
  );
}

export function DecisionPage(): ReactElement {
  const { id } = useParams({ from: '/decisions/$id' });
  const decision = useQuery(decisionQuery(id));
  return (
    <Loaded of={decision} rows={10}>
      {(found) => <DecisionOf key={found.id} decision={found} />}
    </Loaded>
  );
}
