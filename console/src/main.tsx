import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ConsoleProblem, whenSignedOut } from './data/ask.ts';
import { meQuery } from './data/queries.ts';
import { applyTheme } from './frame/theme.ts';
import { createConsoleRouter } from './routes.tsx';
import './styles/base.css';
import './styles/frame.css';
import './styles/screens.css';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refused it will refuse again.
      retry: (count, error) =>
        count < 3 &&
        !(error instanceof ConsoleProblem && error.status >= 400 && error.status < 500),
    },
  },
});

// One answer that says nobody is signed in is enough to ask who is.
whenSignedOut(() => {
  if (client.getQueryState(meQuery.queryKey)?.status === 'success')
    void client.resetQueries({ queryKey: meQuery.queryKey });
});

applyTheme();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', applyTheme);

const place = document.querySelector('#console');
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={createConsoleRouter()} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
