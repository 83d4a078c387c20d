import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { act } from '../data/act.ts';
import { addPasskey, passkeysQuery, type Enrolled } from '../data/people.ts';
import { Loaded, ProblemNotice } from '../frame/problem.tsx';
import { Codes } from '../sign-in/codes.tsx';
import { Ago } from '../time.tsx';

type Change =
  | { readonly verb: 'add'; readonly name: string }
  | { readonly verb: 'remove'; readonly id: string }
  | { readonly verb: 'codes' };

async function carryOut(change: Change): Promise<readonly string[]> {
  switch (change.verb) {
    case 'add':
      return (await addPasskey(change.name)).recoveryCodes;
    case 'remove':
      await act(`/v1/passkeys/${change.id}`, undefined, 'DELETE');
      return [];
    case 'codes':
      return (await act<Enrolled>('/v1/recovery-codes', {})).recoveryCodes;
  }
}

export function Passkeys(): ReactElement {
  const client = useQueryClient();
  const found = useQuery(passkeysQuery);
  const [name, setName] = useState('');
  const changing = useMutation({
    mutationFn: carryOut,
    onSuccess: async () => {
      setName('');
      await client.invalidateQueries(passkeysQuery);
    },
  });
  const change = (wanted: Change) => () => {
    changing.mutate(wanted);
  };
  return (
    <section className="card stack" aria-labelledby="passkeys">
      <h2 id="passkeys">Passkeys</h2>
      <Loaded of={found}>
        {({ passkeys, recoveryCodesLeft }) => (
          <>
            <ul className="plain lines">
              {passkeys.map(({ id, name: called, lastUsedAt, createdAt }) => (
                <li key={id} className="line-with-button">
                  <span>
                    {called}{' '}
                    <span className="small">used {<Ago at={lastUsedAt ?? createdAt} />}</span>
                  </span>
                  <Button className="button" onPress={change({ verb: 'remove', id })}>
                    Remove
                  </Button>
                </li>
              ))}
            </ul>
            <p className="small">{recoveryCodesLeft} recovery codes are left.</p>
          </>
        )}
      </Loaded>
      {changing.error === null ? null : <ProblemNotice error={changing.error} />}
      <Codes codes={changing.data ?? []} />
      <TextField className="field" value={name} onChange={setName} maxLength={100}>
        <Label>Name of another passkey</Label>
        <Input />
      </TextField>
      <div className="row">
        <Button
          className="button"
          isDisabled={name.trim() === '' || changing.isPending}
          onPress={change({ verb: 'add', name: name.trim() })}
        >
          Add a passkey
        </Button>
        <Button className="button" onPress={change({ verb: 'codes' })}>
          New recovery codes
        </Button>
      </div>
    </section>
  );
}
