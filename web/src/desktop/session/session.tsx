// Who is signed in. Kept by the server's cookie; the page keeps nothing of it.
//
// Invariants
// - SE1 A session that ends does not take an unfinished form with it: the sign-in opens over the page.
// - SE2 Another account signing in there begins with a fresh page.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Modal } from 'antd';
import { createContext, lazy, Suspense, useContext, useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { api, ask, setCsrf, type Shape } from '../../shared/api/client';
import { setServerNow } from '../../shared/clock';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import { SignIn, SignInForm } from './sign-in';

export type Me = Shape['Me'];
/** Somebody who is signed in. */
export interface SignedIn extends Me {
  user: Shape['MyUser'];
}

const SetupPage = lazy(() => import('../setup/page'));

const SessionContext = createContext<SignedIn | null>(null);

export function useMe(): SignedIn {
  const me = useContext(SessionContext);
  if (!me) throw new Error('useMe outside of a session');
  return me;
}

/** Whether a part of the application is open to this person, as the server says. */
export function useMay(section: string): boolean {
  return useMe().sections.includes(section);
}

const isSignedIn = (me: Me | undefined): me is SignedIn => Boolean(me?.user);

export function Session({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { pathname } = useLocation();
  const session = useQuery({ queryKey: ['session'], queryFn: () => ask(api.GET('/api/v1/session')), staleTime: 60_000, refetchInterval: 300_000 });
  const me = session.data;
  const last = useRef<SignedIn | null>(null);
  if (me) setCsrf(me.csrf ?? '');
  const now = me?.now;
  useEffect(() => {
    if (now) setServerNow(now);
  }, [now]);

  if (session.isPending) return <Loading />;
  if (!me) return <ProblemView fault={session.error} onAgain={() => void session.refetch()} />;
  if (me.setup_needed || (pathname === '/setup' && !me.user)) {
    return (
      <Suspense fallback={<Loading />}>
        <SetupPage me={me} />
      </Suspense>
    );
  }
  if (isSignedIn(me)) {
    if (last.current && last.current.user.id !== me.user.id) {
      location.reload();
      return <Loading />;
    }
    last.current = me;
  }
  const shown = isSignedIn(me) ? me : last.current;
  if (!shown) return <SignIn me={me} onSignedIn={() => void client.invalidateQueries()} />;
  return (
    <SessionContext value={shown}>
      {children}
      <Modal open={!isSignedIn(me)} title={t('session.ended')} footer={null} closable={false} width={400} destroyOnHidden>
        <p className="soft" style={{ marginBottom: 16 }}>{t('session.ended_more')}</p>
        <SignInForm me={{ ...me, demo_accounts: me.demo_accounts?.filter((a) => a.name === shown.user.login) }} login={shown.user.login} onSignedIn={() => void client.invalidateQueries()} />
      </Modal>
    </SessionContext>
  );
}

/** Ends the session; nothing read stays in the page. */
export async function signOut(): Promise<void> {
  await api.DELETE('/api/v1/session').catch(() => undefined);
  location.assign('/');
}
