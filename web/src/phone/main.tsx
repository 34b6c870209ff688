// The phone entry, /m/: cadres, volunteers, guards and everyone else who gets tasks on the way.

import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Refused } from './api';
import { CasePage } from './pages/case';
import { Inbox } from './pages/inbox';
import { MePage } from './pages/me';
import { PushPage } from './pages/push';
import { ReportPage } from './pages/report';
import { Todo } from './pages/todo';
import { WaysPage } from './pages/ways';
import './phone.css';
import { usePlace } from './route';
import { Session } from './session';
import { Shell } from './shell';
import { applySize } from './ui/size';

applySize();

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A session that has ended shows itself as a 401 anywhere: ask who is signed in.
    onError: (fault) => {
      if (fault instanceof Refused && fault.problem.status === 401) void client.invalidateQueries({ queryKey: ['session'] });
    },
  }),
  defaultOptions: {
    queries: {
      // Reading offline is answered from the phone; asking is always worth it.
      networkMode: 'always',
      retry: (count, fault) => !(fault instanceof Refused) && count < 1,
      staleTime: 5_000,
    },
    mutations: { networkMode: 'always' },
  },
});

function Here() {
  const place = usePlace();
  switch (place.page) {
    case 'todo':
      return <Todo />;
    case 'inbox':
      return <Inbox />;
    case 'report':
      return <ReportPage />;
    case 'me':
      return <MePage />;
    case 'ways':
      return <WaysPage />;
    case 'case':
      return <CasePage key={place.id} id={place.id} />;
    case 'push':
      return <PushPage key={place.id} id={place.id} />;
  }
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <Session>
          <Shell>
            <Here />
          </Shell>
        </Session>
      </QueryClientProvider>
    </StrictMode>,
  );
}

if ('serviceWorker' in navigator) void navigator.serviceWorker.register('/m/sw.js', { scope: '/m/' }).catch(() => undefined);
