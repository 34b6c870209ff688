// 待办: what waits for me, most urgent first, and the one big button.

import { useInfiniteQuery } from '@tanstack/react-query';
import { read } from '../api';
import { go } from '../route';
import type { CaseRow, Page } from '../types';
import { Deadline } from '../ui/deadline';
import { Button, Empty, Loading, Trouble } from '../ui/parts';
import { putPending } from '../ui/pending-photo';
import { PhotoField } from '../ui/photo-field';
import { say, when } from '../words';

export function Todo() {
  return (
    <main>
      <PhotoField
        big
        photos={[]}
        label={say('photo_report')}
        onChange={(photos) => {
          putPending(photos);
          go({ page: 'report' });
        }}
      />
      <CaseList title={say('mine')} query="tab=mine" empty={say('nothing_todo')} />
      <CaseList title={say('to_check')} query="tab=all&stage=proposed_done" />
    </main>
  );
}

/** One list of cases; the whole card is the target. Without words for emptiness an empty list is not shown. */
export function CaseList({ title, query, empty }: { title: string; query: string; empty?: string }) {
  const cases = useInfiniteQuery({
    queryKey: ['cases', query],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      read<Page<CaseRow>>(`/cases?${query}&limit=20${pageParam && `&cursor=${encodeURIComponent(pageParam)}`}`),
    getNextPageParam: (last) => last.body.next_cursor ?? undefined,
  });
  if (cases.isPending) return empty === undefined ? null : <Loading />;
  if (cases.isError) return <Trouble>{say('failed', cases.error.message)}</Trouble>;
  const rows = cases.data.pages.flatMap((page) => page.body.items);
  const keptAt = cases.data.pages[0]?.keptAt;
  if (rows.length === 0 && empty === undefined) return null;
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {keptAt && <p className="hint">{say('from_memory', when(keptAt))}</p>}
      {rows.length === 0 && <Empty>{empty}</Empty>}
      {rows.map((row) => (
        <CaseCard key={row.id} row={row} />
      ))}
      {cases.hasNextPage && (
        <Button kind="quiet" disabled={cases.isFetchingNextPage} onClick={() => void cases.fetchNextPage()}>
          {say('more')}
        </Button>
      )}
    </section>
  );
}

export function CaseCard({ row }: { row: CaseRow }) {
  return (
    <button type="button" className={`card task ${row.severity.code}`} onClick={() => go({ page: 'case', id: row.id })}>
      <strong>
        {row.class.label} · {row.place}
      </strong>
      <span>{row.title}</span>
      <span className="row">
        <span className="stage">{row.stage.label}</span>
        <Deadline promises={row.promises} />
      </span>
    </button>
  );
}
