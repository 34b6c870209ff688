// The desktop entry, /: duty desk, committee, administrators.

import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { Refused } from '../shared/api/client';
import { startI18n } from '../shared/i18n';
import './desktop.css';
import { Session } from './session/session';
import { Shell } from './shell/shell';
import { Theme } from './shell/theme';

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A session that has ended shows itself as a 401 anywhere: ask who is signed in.
    onError: (fault, query) => {
      if (fault instanceof Refused && fault.status === 401 && query.queryKey[0] !== 'session') {
        void client.invalidateQueries({ queryKey: ['session'] });
      }
    },
  }),
  defaultOptions: {
    queries: { retry: (count, fault) => fault instanceof Refused && fault.status === 0 && count < 2, staleTime: 5_000, refetchOnWindowFocus: false },
    mutations: {
      onError: (fault) => {
        if (fault instanceof Refused && fault.status === 401) void client.invalidateQueries({ queryKey: ['session'] });
      },
    },
  },
});

const root = document.getElementById('root');
if (root) {
  void startI18n().then(() =>
    createRoot(root).render(
      <StrictMode>
        <QueryClientProvider client={client}>
          <Theme>
            <BrowserRouter>
              <Session>
                <Shell />
              </Session>
            </BrowserRouter>
          </Theme>
        </QueryClientProvider>
      </StrictMode>,
    ),
  );
}
