// Cases: the list at the left, the chosen one at the right; or one case alone, at its own address.

import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { useKeys } from '../../shared/keys/use-keys';
import { EmptyWhy } from '../parts/empty-why';
import { usePageTitle } from '../parts/frame';
import { useMediaWide } from '../parts/wide';
import './cases.css';
import { CaseList, CaseTabs } from './list';
import { CasePane } from './pane';
import { SearchForm } from './search-form';
import { useFilter } from './filter';
import { useCaseList } from './use-list';

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
  const { rows, list } = found;
  const at = useMemo(() => rows.findIndex((row) => row.id === selected), [rows, selected]);

  // The first one is shown without asking, so that a desk can begin with the keys.
  const first = rows[0]?.id;
  useEffect(() => {
    if (wide && !selected && first) select(first);
  }, [wide, selected, first, select]);

  const choose = (id: string) => (wide ? select(id) : void go(`/cases/${id}`));
  const step = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next) select(next.id);
    if (at + by >= rows.length - 1 && list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
  };
  const keys = {
    KeyJ: () => step(1),
    ArrowDown: () => step(1),
    KeyK: () => step(-1),
    ArrowUp: () => step(-1),
    Enter: () => selected && void go(`/cases/${selected}`),
    Slash: () => document.getElementById('case-search')?.focus(),
  };
  useKeys(keys, wide);
  return (
    <div className="cases">
      <section className="left" aria-label={t('cases.title')}>
        <div className="head">
          <h1 className="unseen">{t('cases.title')}</h1>
          <SearchForm filter={filter} onChange={setFilter} />
          <CaseTabs filter={filter} onChange={setFilter} />
        </div>
        <CaseList filter={filter} found={found} selected={wide ? selected : null} onSelect={choose} onFilter={setFilter} />
        {wide && <p className="keys small soft">{t('cases.keys')}</p>}
      </section>
      {wide && (
        <section className="right" aria-label={t('cases.one')}>
          {selected ? <CasePane key={selected} id={selected} onDone={() => step(1)} /> : <EmptyWhy why={t('cases.nothing_chosen')} more={t('cases.nothing_chosen_more')} />}
        </section>
      )}
    </div>
  );
}
