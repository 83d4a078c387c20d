import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Radio, RadioGroup, Label } from 'react-aria-components';
import { meQuery } from '../data/queries.ts';
import { chooseTheme, THEMES, useTheme } from '../frame/theme.ts';
import { sessionQuery } from '../data/people.ts';
import { ZONE } from '../time.tsx';
import { Passkeys } from './passkeys.tsx';
import { People } from './people.tsx';
import { Sessions } from './sessions.tsx';

function Colours(): ReactElement {
  return (
    <RadioGroup
      className="radios"
      value={useTheme()}
      onChange={(value) => {
        const theme = THEMES.find((one) => one === value);
        if (theme !== undefined) chooseTheme(theme);
      }}
    >
      <Label>Colours</Label>
      {THEMES.map((theme) => (
        <Radio key={theme} value={theme}>
          {theme}
        </Radio>
      ))}
    </RadioGroup>
  );
}

export function Settings(): ReactElement {
  const me = useQuery(meQuery).data;
  const session = useQuery(sessionQuery).data ?? null;
  return (
    <div className="page">
      <h1>Settings</h1>
      <section className="card">
        <h2>You</h2>
        <p>
          {me?.person ?? me?.name}
          <span className="small"> may: {me?.scopes.join(', ')}</span>
        </p>
        <p className="small">
          Times are shown in {ZONE}
          {ZONE === 'UTC' ? '' : ', with UTC beside them'}.
        </p>
      </section>
      {session === null ? null : (
        <>
          <Sessions />
          <Passkeys />
        </>
      )}
      {me?.scopes.includes('admin') === true ? <People /> : null}
      <section className="card">
        <h2>This screen</h2>
        <Colours />
      </section>
    </div>
  );
}
