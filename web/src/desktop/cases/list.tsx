// The left half: tabs with live counts, the rows, and why there are none when there are none.

import { Button } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { EmptyWhy } from '../parts/empty-why';
import { Loading } from '../parts/loading';
import { More } from '../parts/more';
import { ProblemView } from '../parts/problem-view';
import { useMay } from '../session/session';
import { isNarrowed, TABS, type Filter } from './filter';
import { Row } from './row';
import type { useCaseList } from './use-list';
import { useCounts } from './use-list';

// A count of one more means that there are more; the API says so.
const COUNTED_MAX = 1_000;

interface TabsProps {
  filter: Filter;
  onChange: (filter: Filter) => void;
  openOnly?: boolean;
}

export function CaseTabs({ filter, onChange, openOnly }: TabsProps) {
  const { t } = useTranslation();
  const counts = useCounts(filter, openOnly).data?.tabs;
  return (
    <div className="case-tabs" role="group" aria-label={t('cases.tabs_label')}>
      {TABS.map((tab) => {
        const n = counts?.[tab];
        return (
          <button key={tab} type="button" aria-pressed={tab === filter.tab} data-tab={tab} onClick={() => onChange({ ...filter, tab })}>
            {t(`cases.tabs.${tab}`)}
            {n !== undefined && <span className={tab === 'overdue' && n > 0 ? 'count late' : 'count'}>{n > COUNTED_MAX ? `${COUNTED_MAX}+` : n}</span>}
          </button>
        );
      })}
    </div>
  );
}

interface Props {
  filter: Filter;
  found: ReturnType<typeof useCaseList>;
  selected: string | null;
  onSelect: (id: string) => void;
  onFilter: (filter: Filter) => void;
}

export function CaseList({ filter, found, selected, onSelect, onFilter }: Props) {
  const { t } = useTranslation();
  const { list, rows, fresh, gone, renew } = found;
  const box = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (selected) document.getElementById(`row-${selected}`)?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return (
    <div className="case-list">
      {(fresh > 0 || gone.size > 0) && (
        <div className="fresh" role="status">
          <Button type="link" size="small" onClick={() => void renew().then(() => box.current?.scrollIntoView())}>
            {fresh > 0 ? t('cases.fresh', { n: fresh }) : t('cases.renew', { n: gone.size })}
          </Button>
        </div>
      )}
      {list.isPending && <Loading />}
      {list.error && <ProblemView fault={list.error} onAgain={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && <Empty filter={filter} onFilter={onFilter} />}
      {rows.length > 0 && (
        <ul role="listbox" aria-label={t('cases.title')} tabIndex={0} ref={box} aria-activedescendant={selected ? `row-${selected}` : undefined}>
          {rows.map((row) => (
            <Row key={row.id} row={row} selected={row.id === selected} gone={gone.has(row.id)} onSelect={onSelect} />
          ))}
        </ul>
      )}
      <More shown={rows.length} hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </div>
  );
}

function Empty({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const mayFile = useMay('file_case');
  if (isNarrowed(filter)) {
    return (
      <EmptyWhy
        why={t('cases.none_filtered')}
        more={filter.tab === 'all' ? t('cases.none_filtered_more') : t('cases.none_filtered_tab', { tab: t(`cases.tabs.${filter.tab}`) })}
        next={{ label: t('cases.clear'), do: () => onFilter({ tab: filter.tab }) }}
      />
    );
  }
  if (filter.tab !== 'all') {
    return (
      <EmptyWhy
        why={t(`cases.none.${filter.tab}`)}
        more={t('cases.none_more')}
        next={{ label: t('cases.see_all'), do: () => onFilter({ tab: 'all' }) }}
      />
    );
  }
  return (
    <EmptyWhy
      why={t('cases.none.all')}
      more={t('cases.none_all_more')}
      next={mayFile ? { label: t('shell.sections.file_case'), do: () => void go('/file') } : undefined}
    />
  );
}
