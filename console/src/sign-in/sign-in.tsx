import type { ReactElement } from 'react';
import { Notice } from '../frame/problem.tsx';
import { SAY } from '../messages.ts';

export function SignIn(): ReactElement {
  return (
    <div className="page">
      <h1>Nobody is signed in</h1>
      <Notice title={SAY.printed} next="A new start prints a new one." />
    </div>
  );
}
