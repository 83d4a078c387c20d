import type { ReactElement, ReactNode } from 'react';
import { ConsoleProblem } from '../data/ask.ts';
import { SAY } from '../messages.ts';

interface NoticeProps {
  readonly title: string;
  readonly next?: string;
  readonly commands?: readonly string[];
  readonly children?: ReactNode;
}

/** An empty or failed place: what it is, and what to do. */
export function Notice({ title, next, commands = [], children }: NoticeProps): ReactElement {
  return (
    <div className="notice">
      <p className="strong">{title}</p>
      {next === undefined ? null : <p>{next}</p>}
      {commands.map((command) => (
        <p key={command}>
          <code>{command}</code>
        </p>
      ))}
      {children}
    </div>
  );
}

/** What happened, what is still safe, what to do. */
export function ProblemNotice({ error }: { readonly error: unknown }): ReactElement {
  const known = error instanceof ConsoleProblem ? error : null;
  return (
    <div className="notice" role="alert">
      <p className="strong">{known?.message ?? SAY.failed}</p>
      <p>{known?.remedy ?? SAY.failedRemedy}</p>
      {known === null || known.code === 'unreachable' ? null : (
        <p className="small">
          <code>{known.code}</code>
        </p>
      )}
    </div>
  );
}

interface Result<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
}

interface LoadedProps<Data> {
  readonly of: Result<Data>;
  /** Keeps the place of what will come, so that nothing jumps. */
  readonly rows?: number;
  readonly children: (data: Data) => ReactNode;
}

/** What is known is shown also while it cannot be renewed. */
export function Loaded<Data>({ of, rows = 2, children }: LoadedProps<Data>): ReactElement {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error !== null) return <ProblemNotice error={of.error} />;
  return (
    <div className="skeleton" aria-busy="true" style={{ minHeight: `${rows * 44}px` }}>
      <span className="away">{SAY.loading}</span>
    </div>
  );
}
