// What stands around every page: where one is, what is new, who one is, and the menu the server allows.

import { Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, Navigate, Route, Routes, useLocation } from 'react-router';
import { useQueryClient } from '@tanstack/react-query';
import { EmptyWhy } from '../parts/empty-why';
import { Loading } from '../parts/loading';
import { useMe } from '../session/session';
import { Account } from './account';
import { Notices } from './notices';
import { LangSwitch } from './lang-switch';
import { listen, type Liveness } from './live';
import { routes } from './routes';
import { Fence } from './fence';

const GROUPS = ['work', 'look', 'keep'] as const;

export function Shell() {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const user = me.user.id;
  const [live, setLive] = useState<Liveness>('connecting');
  useEffect(() => listen(client, setLive), [client, user]);
  return (
    <div className="frame">
      <a className="skip" href="#page">{t('shell.skip')}</a>
      <header>
        <Link to="/" className="brand">
          <img src="/r/icon.svg" alt="" /> {t('shell.product')}
        </Link>
        <span className="where">{[...new Set(me.posts.map((p) => `${p.area_name} · ${p.role_label}`))].join(t('shell.and'))}</span>
        <div className="end">
          <Notices />
          <LangSwitch />
          <Account />
        </div>
      </header>
      <Menu sections={me.sections} />
      <main id="page" tabIndex={-1}>
        {live === 'away' && <p className="offline" role="status">! {t('shell.away')}</p>}
        <Pages sections={me.sections} />
      </main>
    </div>
  );
}

function Menu({ sections }: { sections: string[] }) {
  const { t } = useTranslation();
  const groups = GROUPS.map((group) => routes.filter((r) => r.menu?.group === group && sections.includes(r.section))).filter((g) => g.length > 0);
  return (
    <nav aria-label={t('shell.menu')}>
      {groups.map((group, n) => (
        <div key={group[0]?.path} style={{ display: 'contents' }}>
          {n > 0 && <hr />}
          {group.map(({ path, menu, section }) => (
            <NavLink key={path} to={path}>
              <span aria-hidden="true">{menu?.icon}</span>
              {t(`shell.sections.${section}`)}
            </NavLink>
          ))}
        </div>
      ))}
    </nav>
  );
}

function Pages({ sections }: { sections: string[] }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const mine = routes.filter((r) => sections.includes(r.section));
  const first = mine.find((r) => r.menu);
  // A page that fails is left by going to another one.
  return (
    <Fence key={pathname.split('/')[1]}>
      <Suspense fallback={<Loading />}>
        <Routes>
          {mine.map(({ path, Page }) => Page && <Route key={path} path={path} element={<Page />} />)}
          {['/', '/signin', '/setup'].map((path) => (
            <Route key={path} path={path} element={first ? <Navigate to={first.path} replace /> : <EmptyWhy why={t('shell.no_section')} more={t('shell.no_section_more')} />} />
          ))}
          <Route path="*" element={<NotHere />} />
        </Routes>
      </Suspense>
    </Fence>
  );
}

/** An address of a page this person has no right to is told apart from one that does not exist. */
function NotHere() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const known = routes.some((r) => pathname === r.path || pathname.startsWith(`${r.path}/`));
  return <EmptyWhy why={known ? t('shell.no_right') : t('shell.no_page')} more={known ? t('shell.no_right_more') : t('shell.no_page_more')} />;
}
