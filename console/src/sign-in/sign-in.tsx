import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { Button, Form, Input, Label, TextField } from 'react-aria-components';
import type { SignInAnswer } from '../../../src/api/contract/index.ts';
import { signInQuery, signInWithCode, signInWithPasskey } from '../data/people.ts';
import { Loaded, Notice, ProblemNotice } from '../frame/problem.tsx';
import { PROBLEMS_OF_PROVIDERS, SAY } from '../messages.ts';

/** Whoever has just signed in sees everything anew: it may be somebody else. */
function useSignedIn(): () => void {
  const client = useQueryClient();
  return () => {
    client.clear();
    void client.resetQueries();
    location.reload();
  };
}

function Passkey(): ReactElement {
  const signedIn = useSignedIn();
  const signing = useMutation({ mutationFn: signInWithPasskey, onSuccess: signedIn });
  return (
    <section className="card stack" aria-label="With a passkey">
      <Button
        className="button primary"
        isDisabled={signing.isPending}
        onPress={() => {
          signing.mutate();
        }}
      >
        {signing.isPending ? SAY.askingPasskey : 'Sign in with a passkey'}
      </Button>
      {signing.error === null ? null : <ProblemNotice error={signing.error} />}
    </section>
  );
}

function Providers({ providers }: Pick<SignInAnswer, 'providers'>): ReactElement | null {
  if (providers.length === 0) return null;
  return (
    <section className="card stack" aria-label="With an identity provider">
      {providers.map(({ name, title, start, available, problem }) =>
        available ? (
          <a key={name} href={start} className="button">
            Sign in with {title}
          </a>
        ) : (
          <p key={name} className="small">
            {title}: {problem ?? 'not available now'}
          </p>
        ),
      )}
    </section>
  );
}

function Recovery(): ReactElement {
  const [person, setPerson] = useState('');
  const [code, setCode] = useState('');
  const signedIn = useSignedIn();
  const signing = useMutation({
    mutationFn: async () => await signInWithCode(person.trim(), code.trim()),
    onSuccess: signedIn,
  });
  return (
    <details className="card">
      <summary>With a recovery code</summary>
      <Form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          signing.mutate();
        }}
      >
        <p className="small">It works once, lets you read, and lets you add a new passkey.</p>
        <TextField className="field" value={person} onChange={setPerson} isRequired>
          <Label>Person, as in the roster</Label>
          <Input autoComplete="username" />
        </TextField>
        <TextField className="field" value={code} onChange={setCode} isRequired>
          <Label>Recovery code</Label>
          <Input autoComplete="off" className="mono" />
        </TextField>
        <Button type="submit" className="button" isDisabled={signing.isPending}>
          Sign in
        </Button>
        {signing.error === null ? null : <ProblemNotice error={signing.error} />}
      </Form>
    </details>
  );
}

/** What a provider's way back has brought along. */
function problemInAddress(): string | null {
  const code = new URLSearchParams(location.search).get('problem');
  return code === null ? null : (PROBLEMS_OF_PROVIDERS[code] ?? SAY.providerFailed);
}

export function SignIn(): ReactElement {
  const ways = useQuery(signInQuery);
  const problem = problemInAddress();
  return (
    <div className="page narrow">
      <h1>Sign in</h1>
      {problem === null ? null : (
        <div role="alert" className="notice">
          {problem}
        </div>
      )}
      <Loaded of={ways}>
        {({ passkeys, passkeysProblem, firstAdministrator, providers }) => (
          <>
            {firstAdministrator ? <Notice title={SAY.noPasskeyYet} next={SAY.printed} /> : null}
            {passkeys ? <Passkey /> : <Notice title={passkeysProblem ?? SAY.noPasskeys} />}
            <Providers providers={providers} />
            <Recovery />
          </>
        )}
      </Loaded>
    </div>
  );
}
