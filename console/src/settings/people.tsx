import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Button } from 'react-aria-components';
import type { PersonAnswer } from '../../../src/api/contract/index.ts';
import { act } from '../data/act.ts';
import { peopleQuery } from '../data/people.ts';
import { Loaded, ProblemNotice } from '../frame/problem.tsx';
import { Ago } from '../time.tsx';

interface Invited {
  readonly person: string;
  readonly link: string;
}

function PersonLine({
  row,
  invite,
  endSessions,
}: {
  readonly row: PersonAnswer;
  readonly invite: () => void;
  readonly endSessions: () => void;
}): ReactElement {
  const { name, person, passkeys, sessions, isAdministrator, lastSignedInAt } = row;
  return (
    <li className="line-with-button">
      <span>
        {name} <span className="small">{person}</span>
        <span className="small">
          {isAdministrator ? ', administrator' : ''}, {passkeys} passkeys, {sessions} sessions
          {lastSignedInAt === null ? (
            ', never signed in'
          ) : (
            <>
              , signed in <Ago at={lastSignedInAt} />
            </>
          )}
        </span>
      </span>
      <span className="row">
        <Button className="button" onPress={invite} aria-label={`Invite ${name}`}>
          Invite
        </Button>
        <Button
          className="button"
          isDisabled={sessions === 0}
          onPress={endSessions}
          aria-label={`End the sessions of ${name}`}
        >
          End sessions
        </Button>
      </span>
    </li>
  );
}

/** For administrators: who may come in, and ending what somebody else should not have. */
export function People(): ReactElement {
  const client = useQueryClient();
  const people = useQuery(peopleQuery);
  const pathOf = (person: string): string => `/v1/people/${encodeURIComponent(person)}`;
  const renew = async (): Promise<void> => {
    await client.invalidateQueries(peopleQuery);
  };
  const inviting = useMutation({
    mutationFn: async (person: string) => await act<Invited>(`${pathOf(person)}/invitations`, {}),
    onSuccess: renew,
  });
  const ending = useMutation({
    mutationFn: async (person: string) =>
      await act(`${pathOf(person)}/sessions`, undefined, 'DELETE'),
    onSuccess: renew,
  });
  const error = inviting.error ?? ending.error;
  return (
    <section className="card stack" aria-labelledby="people">
      <h2 id="people">People</h2>
      {error === null ? null : <ProblemNotice error={error} />}
      {inviting.data === undefined ? null : (
        <div className="notice">
          <p>For {inviting.data.person} alone. It works once, and is not shown again.</p>
          <code>{inviting.data.link}</code>
        </div>
      )}
      <Loaded of={people} rows={4}>
        {(rows) => (
          <ul className="plain lines">
            {rows.map((row) => (
              <PersonLine
                key={row.person}
                row={row}
                invite={() => {
                  inviting.mutate(row.person);
                }}
                endSessions={() => {
                  ending.mutate(row.person);
                }}
              />
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}
