import type { ReactElement } from 'react';
import { TONES, type MarkName } from './marks.ts';

function shapeOf(name: MarkName, share: number): ReactElement {
  switch (name) {
    case 'open':
      return <circle cx="8" cy="8" r="6" fill="currentColor" />;
    case 'held':
      return <rect x="5" y="1" width="6" height="14" rx="1" fill="currentColor" />;
    case 'proven':
      return <path d="M2 8.5 6.2 13 14 3.5" strokeWidth="2.5" />;
    case 'unproven':
      return <circle cx="8" cy="8" r="5.5" strokeWidth="2" />;
    case 'blocked':
      return <rect x="2" y="2" width="12" height="12" fill="currentColor" />;
    case 'residual':
      return <path d="M8 1.8a6.2 6.2 0 1 0 .01 0M8 4.5V8l2.6 1.8" strokeWidth="1.8" />;
    case 'waiting':
      return (
        <>
          <circle cx="8" cy="8" r="6" strokeWidth="1" opacity="0.35" />
          <circle
            cx="8"
            cy="8"
            r="6"
            strokeWidth="3"
            pathLength="1"
            strokeDasharray={`${share} 1`}
            transform="rotate(-90 8 8)"
          />
        </>
      );
    case 'gone':
      return <path d="M3 8h10" strokeWidth="2.4" />;
  }
}

interface MarkProps {
  readonly name: MarkName;
  /** The word beside the shape: colour alone says nothing. */
  readonly children: string;
  /** Of a waiting mark: how much of the time is left. */
  readonly share?: number;
  readonly title?: string | undefined;
}

/** Shape, word and colour of a state: the same mark wherever it is shown. */
export function Mark({ name, children, share = 0.75, title }: MarkProps): ReactElement {
  return (
    <span className={`mark ${TONES[name]}`} title={title}>
      <svg
        viewBox="0 0 16 16"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        strokeLinecap={name === 'waiting' ? 'butt' : 'round'}
      >
        {shapeOf(name, share)}
      </svg>
      <span>{children}</span>
    </span>
  );
}
