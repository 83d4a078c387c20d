import type { ReactElement } from 'react';
import { COMING } from '../messages.ts';
import { Notice } from './problem.tsx';

/** A screen that is not here yet says what will be here, and what does it today. */
export function Coming({ name }: { readonly name: string }): ReactElement {
  const { title, comes, today } = COMING[name] ?? { title: name, comes: '', today: [] };
  return (
    <div className="page">
      <h1>{title}</h1>
      <Notice title="This screen is not built yet." next={comes}>
        <p>Today, on the command line:</p>
        {today.map((command) => (
          <p key={command}>
            <code>{command}</code>
          </p>
        ))}
      </Notice>
    </div>
  );
}
