import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { IncidentSummary } from '../../../src/api/contract/index.ts';
import { Mark } from '../mark.tsx';
import { SAY } from '../messages.ts';
import { Since, TimeAndDistance } from '../time.tsx';
import { Sentence } from './sentence.tsx';

type Progress = IncidentSummary['progress'][number];

/** How far a track is: filled = done, half = begun, empty = still to do, square = waits for somebody. */
function Pieces({ done, doing, blocked, next }: Progress): ReactElement {
  const all = done + doing + blocked + next;
  const words = `${done} of ${all} done${doing > 0 ? `, ${doing} doing` : ''}${blocked > 0 ? `, ${blocked} blocked` : ''}`;
  const pieces = [
    ...Array.from({ length: done }, () => 'done'),
    ...Array.from({ length: doing }, () => 'doing'),
    ...Array.from({ length: blocked }, () => 'blocked'),
    ...Array.from({ length: next }, () => 'next'),
  ];
  return (
    // A picture made of elements has no file.
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
    <span className="pieces" role="img" aria-label={words} title={words}>
      {pieces.slice(0, 12).map((piece, index) => (
        // Pieces have no name but their place.
        // oxlint-disable-next-line react/no-array-index-key
        <i key={index} className={piece} />
      ))}
    </span>
  );
}

function Asked({ asks }: { readonly asks: IncidentSummary['asks'] }): ReactElement | null {
  if (asks === null) return null;
  const people = asks.people.length === 0 ? SAY.nobody : asks.people.join(', then ');
  return (
    <p className="small">
      <Link to="/decisions/$id" params={{ id: asks.decision }}>
        {asks.question}
      </Link>{' '}
      asked of {people}
      {asks.deadline === null ? null : (
        <>
          , by <TimeAndDistance at={asks.deadline} />
        </>
      )}
      {asks.more > 0 ? `, and ${asks.more} more` : ''}
    </p>
  );
}

/** One incident at a glance, the same on Now and in the list. */
export function Summary({ incident }: { readonly incident: IncidentSummary }): ReactElement {
  const { id, severity, title, openedAt, progress, blocked, stage } = incident;
  return (
    <article className="card summary">
      <div className="summary-head">
        <span className={`severity ${severity}`}>{severity}</span>
        <h3>
          <Link to="/incidents/$id" params={{ id }}>
            {title}
          </Link>
        </h3>
        <span className="small">
          <Since at={openedAt} />
        </span>
      </div>
      <p className="summary-state">
        <Sentence incident={incident} />
        {stage === null ? null : <span className="small">strongest stage that holds: {stage}</span>}
      </p>
      <ul className="progress">
        {progress.map((track) => (
          <li key={track.track}>
            <span className="small">{track.track}</span> <Pieces {...track} />
          </li>
        ))}
      </ul>
      <Asked asks={incident.asks} />
      {blocked.map(({ what, by, since }) => (
        <p key={`${what} ${since}`} className="small">
          <Mark name="blocked">blocked</Mark> {what} waits for {by} <Since at={since} />
        </p>
      ))}
    </article>
  );
}
