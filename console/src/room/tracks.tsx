import type { ReactElement } from 'react';
import type { IncidentAnswer } from '../../../src/api/contract/index.ts';
import { Mark } from '../mark.tsx';
import { markOfTask } from '../marks.ts';
import { Since, TimeAndDistance } from '../time.tsx';

type Track = IncidentAnswer['tracks'][number];
type Task = Track['tasks'][number];

const ORDER = ['blocked', 'doing', 'next', 'done'] as const;
const DONE_SHOWN = 3;

function nameOf({ seat, person }: Task['owner']): string | null {
  if (person === null) return seat;
  return seat === null ? person : `${person} (${seat})`;
}

function TaskLine({ task }: { readonly task: Task }): ReactElement {
  const { title, state, owner, alternate, blockedBy, since, until } = task;
  const who = nameOf(owner) ?? 'no owner';
  const other = alternate === null ? null : nameOf(alternate);
  return (
    <li>
      <Mark name={markOfTask(state)}>{state}</Mark>
      <span>
        {title}
        <span className="small">
          {' '}
          {who}
          {other === null ? '' : `, else ${other}`}
          {blockedBy === null ? null : (
            <>
              {' '}
              · waits for {blockedBy} <Since at={since} />
            </>
          )}
          {until === null ? null : (
            <>
              {' '}
              · by <TimeAndDistance at={until} />
            </>
          )}
        </span>
      </span>
    </li>
  );
}

/** What waits stands on top, what is done at the end. */
function TrackCard({ track }: { readonly track: Track }): ReactElement {
  const tasks = track.tasks.toSorted(
    (left, right) => ORDER.indexOf(left.state) - ORDER.indexOf(right.state),
  );
  const open = tasks.filter(({ state }) => state !== 'done');
  const done = tasks.filter(({ state }) => state === 'done');
  const shown = [...open, ...done.slice(-DONE_SHOWN)];
  return (
    <section className="card track" aria-label={track.track}>
      <h3>{track.track}</h3>
      {shown.length === 0 ? <p className="small">Nothing to do.</p> : null}
      <ul className="plain lines">
        {shown.map((task) => (
          <TaskLine key={`${task.id ?? ''} ${task.title}`} task={task} />
        ))}
      </ul>
      {done.length > DONE_SHOWN ? (
        <p className="small">and {done.length - DONE_SHOWN} more done</p>
      ) : null}
    </section>
  );
}

export function Tracks({ tracks }: { readonly tracks: readonly Track[] }): ReactElement {
  return (
    <div className="stack">
      {tracks.map((track) => (
        <TrackCard key={track.track} track={track} />
      ))}
    </div>
  );
}
