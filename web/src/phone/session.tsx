// Who is signed in. Kept by the server's cookie; the phone keeps only what it needs to show.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, type ReactNode } from 'react';
import { forgetAnswers, read, setCsrf, write } from './api';
import { setServerNow } from './clock';
import { listen } from './live';
import { SignIn } from './pages/sign-in';
import { keepFlushing } from './queue/queue';
import type { Me } from './types';
import { Loading } from './ui/parts';

const SessionContext = createContext<Me | null>(null);

export function useMe(): Me {
  const me = useContext(SessionContext);
  if (!me) throw new Error('useMe outside of a session');
  return me;
}

/** The pages behind the sign-in; the sign-in page in their place while nobody is. */
export function Session({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const session = useQuery({ queryKey: ['session'], queryFn: () => read<Me>('/session'), retry: 1, staleTime: 60_000 });
  const me = session.data?.body;
  const user = me?.user?.id;
  setCsrf(me?.csrf ?? '');
  const now = me?.now;
  useEffect(() => {
    if (now && !session.data?.keptAt) setServerNow(now);
  }, [now, session.data?.keptAt]);
  useEffect(() => {
    if (!user) return;
    const stops = [listen(client), keepFlushing(user)];
    return () => stops.forEach((stop) => stop());
  }, [client, user]);
  if (session.isPending) return <Loading />;
  if (!me?.user) return <SignIn me={me} onSignedIn={() => void client.invalidateQueries()} />;
  return <SessionContext.Provider value={me}>{children}</SessionContext.Provider>;
}

/** Nothing read stays on the phone; what waits for upload does, for the same account. */
export async function signOut(): Promise<void> {
  await write('DELETE', '/session').catch(() => undefined);
  await forgetAnswers();
  location.assign('/m/');
}
