// One case in the list: two lines, 56 pixels. What and how grave; where, who, until when.

import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Deadline } from '../parts/deadline';
import { SeverityMark, StageTag, isOpen } from '../parts/stage-tag';
import type { CaseRow } from './use-list';

interface Props {
  row: CaseRow;
  selected: boolean;
  /** No longer what the tab asks for; it stays where it is until the list is asked anew. */
  gone: boolean;
  onSelect: (id: string) => void;
}

export const Row = memo(function Row({ row, selected, gone, onSelect }: Props) {
  const { t } = useTranslation();
  return (
    <li
      role="option"
      id={`row-${row.id}`}
      aria-selected={selected}
      className={gone ? 'case-row gone' : 'case-row'}
      onClick={() => onSelect(row.id)}
    >
      <div className="line">
        <strong>{row.class.label}</strong>
        <SeverityMark severity={row.severity} />
        <span className="text">{wordsOf(row)}</span>
        {row.marks.filter((m) => m.code !== 'root_cause').map((m) => <span key={m.code} className="mark-tag">{m.label}</span>)}
        {gone && <span className="soft small nowrap">{t('cases.moved_on')}</span>}
        <StageTag stage={row.stage} />
      </div>
      <div className="line small soft">
        <span className="text">{row.place}</span>
        {row.reporters_count > 1 && <span className="nowrap">{t('cases.reporters_n', { n: row.reporters_count })}</span>}
        <span className="nowrap">{row.owner.name}</span>
        <span className="clock">
          <Deadline promises={row.promises} open={isOpen(row.stage)} />
        </span>
      </div>
    </li>
  );
});

/** The title is often the class again; nothing is said twice. */
function wordsOf(row: CaseRow): string {
  return row.title === row.class.label ? '' : row.title;
}
