import type { ReactElement } from 'react';
import { useLiveState } from '../data/live.ts';
import { SAY } from '../messages.ts';

/** Whether the screen follows what happens. It says so in words, and says when it does not. */
export function Connection(): ReactElement {
  const live = useLiveState();
  const words = { live: SAY.live, connecting: SAY.connecting, lost: SAY.lost }[live];
  return (
    <output className={`connection ${live}`} title={live === 'lost' ? SAY.lostWhy : ''}>
      {words}
    </output>
  );
}
