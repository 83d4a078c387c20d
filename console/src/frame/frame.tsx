import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState, type ReactElement } from 'react';
import { Button } from 'react-aria-components';
import { ConsoleProblem } from '../data/ask.ts';
import { follow } from '../data/live.ts';
import { meQuery } from '../data/queries.ts';
import { SAY, SCREENS } from '../messages.ts';
import { Connection } from './connection.tsx';
import { KeyHelp } from './key-help.tsx';
import { listenToKeys, useKeys } from './keys.ts';
import { Palette } from './palette.tsx';

/** Whoever is signed in never needs it. */
const SignIn = lazy(async () => ({ default: (await import('../sign-in/sign-in.tsx')).SignIn }));

function Navigation(): ReactElement {
  return (
    <nav aria-label="Screens" className="screens">
      {SCREENS.map(({ name, path }) => (
        <Link
          key={path}
          to={path}
          activeOptions={{ exact: path === '/' }}
          activeProps={{ 'aria-current': 'page' }}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}

interface OpenerProps {
  readonly openPalette: () => void;
  readonly openHelp: () => void;
}

/** Keys that work everywhere. */
function GlobalKeys({ openPalette, openHelp }: OpenerProps): null {
  const navigate = useNavigate();
  useEffect(listenToKeys, []);
  useKeys([
    { keys: '/', does: 'search, and go anywhere', run: openPalette },
    { keys: '?', does: 'show these keys', run: openHelp },
    ...SCREENS.map(({ name, path, key }) => ({
      keys: `g ${key}`,
      does: `go to ${name}`,
      run: () => void navigate({ to: path }),
    })),
  ]);
  return null;
}

function Bar({ openPalette, openHelp }: OpenerProps): ReactElement {
  const me = useQuery(meQuery).data;
  return (
    <header className="bar">
      <Link to="/" className="brand">
        {SAY.product}
      </Link>
      <Navigation />
      <div className="bar-end">
        {me === undefined ? null : <Connection />}
        <Button className="quiet" onPress={openPalette} aria-label="Search">
          <kbd>/</kbd>
          <span>search</span>
        </Button>
        <Button className="quiet" onPress={openHelp} aria-label="Keys">
          <kbd>?</kbd>
        </Button>
        <Link to="/settings" className="who">
          {me?.person ?? me?.name ?? ''}
        </Link>
      </div>
    </header>
  );
}

/** Follows the ledger for as long as somebody is signed in. */
function Live(): null {
  const client = useQueryClient();
  useEffect(() => follow(client), [client]);
  return null;
}

/** A new screen begins at its top, also for a keyboard. */
function useFocusOnNewScreen(): void {
  const { pathname } = useLocation();
  const [first] = useState(pathname);
  useEffect(() => {
    if (pathname !== first) document.querySelector<HTMLElement>('#main')?.focus();
  }, [pathname, first]);
}

export function Frame(): ReactElement {
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const { error, isPending } = useQuery(meQuery);
  const isStranger = error instanceof ConsoleProblem && error.status === 401;
  // Whoever was invited has no session yet.
  const isEnrolling = useLocation().pathname === '/enrol';
  useFocusOnNewScreen();
  const openers = {
    openPalette: () => {
      setPaletteOpen(true);
    },
    openHelp: () => {
      setHelpOpen(true);
    },
  };
  return (
    <>
      <a className="skip" href="#main">
        {SAY.skip}
      </a>
      <Bar {...openers} />
      <main id="main" tabIndex={-1}>
        {isStranger && !isEnrolling ? (
          <Suspense>
            <SignIn />
          </Suspense>
        ) : isPending ? null : (
          <Outlet />
        )}
      </main>
      {isStranger || isPending ? null : <Live />}
      <GlobalKeys {...openers} />
      <Palette isOpen={isPaletteOpen} onOpenChange={setPaletteOpen} />
      <KeyHelp isOpen={isHelpOpen} onOpenChange={setHelpOpen} />
    </>
  );
}
