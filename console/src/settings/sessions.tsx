import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Button } from 'react-aria-components';
import { ask } from '../data/ask.ts';
import { sessionsQuery } from '../data/people.ts';
import { Loaded, ProblemNotice } from '../frame/problem.tsx';
import { Ago } from '../time.tsx';

/** Where I am signed in, and the way out of each. */
export function Sessions(): ReactElement {
  const client = useQueryClient();
  const sessions = useQuery(sessionsQuery);
  const ending = useMutation({
    mutationFn: async (path: string) =>
      await ask(path, { method: path === '/sign-out' ? 'POST' : 'DELETE' }),
    onSuccess: async (_answer, path) => {
      if (path.startsWith('/v1/sessions/')) await client.invalidateQueries(sessionsQuery);
      else location.assign('/');
    },
  });
  const end = (path: string) => () => {
    ending.mutate(path);
  };
  return (
    <section className="card stack" aria-labelledby="sessions">
      <h2 id="sessions">Where you are signed in</h2>
      <Loaded of={sessions}>
        {(all) => (
          <ul className="plain lines">
            {all.map(({ id, isThis, device, address, method, lastSeenAt }) => (
              <li key={id} className="line-with-button">
                <span>
                  {isThis ? 'this one' : device || 'unknown device'}{' '}
                  <span className="small">
                    {method} from {address}, seen <Ago at={lastSeenAt} />
                  </span>
                </span>
                {isThis ? null : (
                  <Button className="button" onPress={end(`/v1/sessions/${id}`)}>
                    End
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {ending.error === null ? null : <ProblemNotice error={ending.error} />}
      <div className="row">
        <Button className="button" onPress={end('/sign-out')}>
          Sign out
        </Button>
        <Button className="button" onPress={end('/v1/sessions')}>
          Sign out everywhere
        </Button>
      </div>
    </section>
  );
}
