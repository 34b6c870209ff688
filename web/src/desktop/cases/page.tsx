// Cases: the list at the left, the chosen one at the right; or one case alone, at its own address.

import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { useKeys } from '../../shared/keys/use-keys';
import { usePageTitle } from '../parts/frame';
import { useMediaWide } from '../parts/wide';
import './cases.css';
import { KeysSheet } from './keys-sheet';
import { CaseList, CaseTabs } from './list';
import { CasePane } from './pane';
import { SearchForm } from './search-form';
import { useFilter } from './filter';
import { usePrefetch } from './use-case';
import { useCaseList } from './use-list';

/** How long keys rest before the address follows them. */
const ADDRESS_AFTER_MS = 150;

export default function CasesPage() {
  const { id } = useParams();
  return id ? <Alone key={id} id={id} /> : <Split />;
}

function Alone({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <div className="case-alone">
      <Link to={`/cases?tab=all&sel=${id}`}>← {t('cases.back')}</Link>
      <CasePane id={id} alone />
    </div>
  );
}

function Split() {
  const { t } = useTranslation();
  usePageTitle(t('cases.title'));
  const go = useNavigate();
  const wide = useMediaWide();
  const { filter, selected, setFilter, select } = useFilter();
  const found = useCaseList(filter);
  const [sheet, setSheet] = useState(false);
  const { rows, list } = found;
  // Keys come faster than an address changes: the choice is kept here, and the address follows when the keys rest.
  const [chosen, setChosen] = useState(selected);
  const inAddress = useRef(selected);
  useEffect(() => {
    inAddress.current = selected;
  }, [selected]);
  useEffect(() => setChosen(inAddress.current), [filter]);
  useEffect(() => {
    if (!wide || chosen === inAddress.current) return;
    // Whoever has gone on to another page meanwhile, while its chunk still loads, is not called back.
    const timer = setTimeout(() => location.pathname === '/cases' && select(chosen), ADDRESS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [wide, chosen, select]);

  // The first one is shown without asking, so that a desk can begin with the keys.
  const first = rows[0]?.id;
  useEffect(() => {
    if (wide && !chosen && first) setChosen(first);
  }, [wide, chosen, first]);

  const choose = (id: string) => (wide ? setChosen(id) : void go(`/cases/${id}`));
  const step = (by: number) => {
    const to = (before: string | null) => Math.min(rows.length - 1, Math.max(0, rows.findIndex((row) => row.id === before) + by));
    setChosen((before) => rows[to(before)]?.id ?? before);
    if (to(chosen) >= rows.length - 1 && list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
  };
  const keys = {
    KeyJ: () => step(1),
    ArrowDown: () => step(1),
    KeyK: () => step(-1),
    ArrowUp: () => step(-1),
    Enter: () => chosen && void go(`/cases/${chosen}`),
    'Shift+Slash': () => setSheet(true),
    Slash: () => document.getElementById('case-search')?.focus(),
  };
  useKeys(keys, wide);
  const prefetch = usePrefetch();
  useEffect(() => {
    const next = rows[rows.findIndex((row) => row.id === chosen) + 1];
    if (wide && next) prefetch(next);
  }, [wide, rows, chosen, prefetch]);
  return (
    <div className="cases">
      <KeysSheet open={sheet} onClose={() => setSheet(false)} />
      <section className="left" aria-label={t('cases.title')}>
        <div className="head">
          <h1 className="unseen">{t('cases.title')}</h1>
          <SearchForm filter={filter} onChange={setFilter} />
          <CaseTabs filter={filter} onChange={setFilter} />
        </div>
        <CaseList filter={filter} found={found} selected={wide ? chosen : null} onSelect={choose} onFilter={setFilter} />
        {wide && (
          <p className="keys small soft">
            <button type="button" onClick={() => setSheet(true)}>{t('cases.keys')}</button>
          </p>
        )}
      </section>
      {wide && (
        <section className="right" aria-label={t('cases.one')}>
          {chosen && <CasePane key={chosen} id={chosen} onDone={() => step(1)} />}
        </section>
      )}
    </div>
  );
}
