import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Decision } from '../../../src/api/contract/index.ts';
import { Mark } from '../mark.tsx';
import { markOfDecision } from '../marks.ts';
import { SAY } from '../messages.ts';
import { TimeAndDistance } from '../time.tsx';

function whoOf({ state, holders, decidedBy }: Decision): string {
  if (state !== 'open') return decidedBy === null ? '' : `by ${decidedBy}`;
  const people = [...new Set(holders.map(({ person }) => person))];
  return `asked of ${people.length === 0 ? SAY.nobody : people.join(', then ')}`;
}

function DecisionLine({ decision }: { readonly decision: Decision }): ReactElement {
  const { id, state, question, right, digest, reason, deadline } = decision;
  return (
    <li>
      <Mark name={markOfDecision(state)}>{state}</Mark>
      <span>
        <Link to="/decisions/$id" params={{ id }}>
          {question}
        </Link>
        <span className="small">
          {' '}
          {whoOf(decision)}
          {state === 'open' && deadline !== null ? (
            <>
              , by <TimeAndDistance at={deadline} />
            </>
          ) : null}
          {right === null ? '' : ` · right ${right}`}
          {reason === null ? '' : ` · “${reason}”`} · <code>{digest.slice(7, 19)}</code>
        </span>
      </span>
    </li>
  );
}

/** Newest first, each with its right, digest and reason. */
export function Decisions({
  decisions,
}: {
  readonly decisions: readonly Decision[];
}): ReactElement {
  return (
    <section className="card" aria-labelledby="decisions">
      <h2 id="decisions">Decisions</h2>
      {decisions.length === 0 ? <p className="small">Nobody had to be asked.</p> : null}
      <ul className="plain lines">
        {decisions.toReversed().map((decision) => (
          <DecisionLine key={decision.id} decision={decision} />
        ))}
      </ul>
    </section>
  );
}
