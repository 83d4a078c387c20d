import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { Coming } from './frame/coming.tsx';
import { Frame } from './frame/frame.tsx';
import { Notice, ProblemNotice } from './frame/problem.tsx';
import { SAY } from './messages.ts';
import { Now } from './now/now.tsx';
import { roomSearchOf } from './room/search.ts';

const root = createRootRoute({
  component: Frame,
  notFoundComponent: () => <Notice title={SAY.notFound} next={SAY.notFoundRemedy} />,
  errorComponent: ({ error }) => <ProblemNotice error={error} />,
});

const under = { getParentRoute: () => root } as const;

const now = createRoute({ ...under, path: '/', component: Now });

const incidents = createRoute({
  ...under,
  path: '/incidents',
  validateSearch: (search: Record<string, unknown>): { readonly status?: string } =>
    typeof search['status'] === 'string' ? { status: search['status'] } : {},
  component: lazyRouteComponent(async () => await import('./incidents/incidents.tsx'), 'Incidents'),
});

const incident = createRoute({
  ...under,
  path: '/incidents/$id',
  validateSearch: roomSearchOf,
  component: lazyRouteComponent(async () => await import('./room/room.tsx'), 'Room'),
});

const decision = createRoute({
  ...under,
  path: '/decisions/$id',
  component: lazyRouteComponent(
    async () => await import('./decision/decision.tsx'),
    'DecisionPage',
  ),
});

const settings = createRoute({
  ...under,
  path: '/settings',
  component: lazyRouteComponent(async () => await import('./settings/settings.tsx'), 'Settings'),
});

const enrol = createRoute({
  ...under,
  path: '/enrol',
  component: lazyRouteComponent(async () => await import('./sign-in/enrol.tsx'), 'Enrol'),
});

function coming(name: string): () => ReactElement {
  return () => <Coming name={name} />;
}

const inventory = createRoute({ ...under, path: '/inventory', component: coming('inventory') });
const authority = createRoute({ ...under, path: '/authority', component: coming('authority') });
const gate = createRoute({ ...under, path: '/gate', component: coming('gate') });
const exercises = createRoute({ ...under, path: '/exercises', component: coming('exercises') });
const ledger = createRoute({ ...under, path: '/ledger', component: coming('ledger') });

const tree = root.addChildren([
  now,
  incidents,
  incident,
  decision,
  settings,
  enrol,
  inventory,
  authority,
  gate,
  exercises,
  ledger,
]);

export function createConsoleRouter() {
  return createRouter({ routeTree: tree, defaultPreload: 'intent', scrollRestoration: false });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
