import type { ReactElement } from 'react';
import { useNow } from './clock.ts';
import { clockOf, distanceOf, elsewhereOf, lengthOf } from './times.ts';

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

interface TimeProps {
  readonly at: string;
  readonly seconds?: boolean;
}

/** `03:07`; in UTC and the viewer's zone on hover, and for a screen reader. */
export function Time({ at, seconds = false }: TimeProps): ReactElement {
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={elsewhereOf(atMs, [ZONE])}>
      {clockOf(atMs, useNow(), ZONE, seconds)}
    </time>
  );
}

/** `03:07 (in 4 min)`. */
export function TimeAndDistance({ at }: { readonly at: string }): ReactElement {
  return (
    <span className="nowrap">
      <Time at={at} /> ({distanceOf(Date.parse(at), useNow())})
    </span>
  );
}

/** `6 min ago`, with the time itself on hover. */
export function Ago({ at }: { readonly at: string }): ReactElement {
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={elsewhereOf(atMs, [ZONE])} className="nowrap">
      {distanceOf(atMs, useNow())}
    </time>
  );
}

/** `6 min`: how long it has been like this. */
export function Since({ at }: { readonly at: string }): ReactElement {
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={elsewhereOf(atMs, [ZONE])} className="nowrap">
      since {lengthOf(useNow() - atMs)}
    </time>
  );
}
