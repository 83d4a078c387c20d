import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { Button, Form, Input, Label, TextField } from 'react-aria-components';
import type { InvitationAnswer } from '../../../src/api/contract/index.ts';
import { ask } from '../data/ask.ts';
import { acceptInvitation } from '../data/people.ts';
import { Loaded, Notice, ProblemNotice } from '../frame/problem.tsx';
import { SAY } from '../messages.ts';
import { TimeAndDistance } from '../time.tsx';
import { Codes } from './codes.tsx';

/** It stands after the `#`: no server and no log ever sees it in an address. */
function invitationInAddress(): string {
  return new URLSearchParams(location.hash.slice(1)).get('invitation') ?? '';
}

interface AcceptProps {
  readonly invitation: string;
  readonly found: InvitationAnswer;
}

function Accept({ invitation, found }: AcceptProps): ReactElement {
  const [person, setPerson] = useState(found.person ?? found.people[0]?.person ?? '');
  const [name, setName] = useState('this device');
  const accepting = useMutation({
    mutationFn: async () =>
      await acceptInvitation(invitation, found.person === null ? person : null, name.trim()),
  });
  if (accepting.data !== undefined) {
    return (
      <div className="stack">
        <Codes codes={accepting.data.recoveryCodes} />
        <a className="button primary" href="/">
          I have kept them: go on
        </a>
      </div>
    );
  }
  return (
    <Form
      className="card stack"
      onSubmit={(event) => {
        event.preventDefault();
        accepting.mutate();
      }}
    >
      <p>
        {found.person === null ? 'Choose who you are.' : `You are ${found.name ?? found.person}.`}
        {found.isFirstAdministrator ? ' You become the first administrator.' : ''}{' '}
        <span className="small">
          The link works once, until <TimeAndDistance at={found.expiresAt} />
        </span>
      </p>
      {found.person === null ? (
        <label className="field">
          Person
          <select
            value={person}
            onChange={({ target }) => {
              setPerson(target.value);
            }}
          >
            {found.people.map((one) => (
              <option key={one.person} value={one.person}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <TextField className="field" value={name} onChange={setName} isRequired maxLength={100}>
        <Label>Name of the passkey</Label>
        <Input />
      </TextField>
      {accepting.error === null ? null : <ProblemNotice error={accepting.error} />}
      <Button type="submit" className="button primary" isDisabled={accepting.isPending}>
        {accepting.isPending ? SAY.askingPasskey : 'Make my passkey'}
      </Button>
    </Form>
  );
}

/** Where an invitation leads: the first passkey of a person. */
export function Enrol(): ReactElement {
  const [invitation] = useState(invitationInAddress);
  const found = useQuery({
    queryKey: ['invitation', invitation],
    queryFn: () =>
      ask<InvitationAnswer>('/v1/invitations/look', { method: 'POST', body: { invitation } }),
    enabled: invitation !== '',
    staleTime: Infinity,
  });
  return (
    <div className="page narrow">
      <h1>Your first passkey</h1>
      {invitation === '' ? (
        <Notice title={SAY.noInvitation} next={SAY.noInvitationNext} />
      ) : (
        <Loaded of={found}>{(one) => <Accept invitation={invitation} found={one} />}</Loaded>
      )}
    </div>
  );
}
