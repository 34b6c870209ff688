// The head of a case: number, what and where, stage, the clocks, who owes the next step; print and copy.

import { CopyOutlined, ExportOutlined, PrinterOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Clock } from '../parts/deadline';
import { PersonName } from '../parts/person-name';
import { isOpen, SeverityMark, StageTag } from '../parts/stage-tag';
import { asText } from './as-text';
import type { CaseView } from './use-case';

export function Head({ view, alone }: { view: CaseView; alone: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const copy = () =>
    void copyText(asText(view)).then(
      () => message.success(t('cases.copied')),
      () => message.error(t('cases.not_copied')),
    );
  return (
    <header className="case-head">
      <div className="row">
        <span className="soft">{view.number}</span>
        <div className="tools">
          <Button type="text" size="small" icon={<CopyOutlined aria-hidden="true" />} onClick={copy} title={t('cases.copy_more')}>{t('cases.copy')}</Button>
          <Button type="text" size="small" icon={<PrinterOutlined aria-hidden="true" />} href={`/api/v1/cases/${view.id}/print`} target="_blank">{t('cases.print')}</Button>
          {!alone && (
            <Link to={`/cases/${view.id}`} className="ant-btn-link" title={t('cases.own_page')}>
              <ExportOutlined aria-label={t('cases.own_page')} />
            </Link>
          )}
        </div>
      </div>
      <h2>
        {view.class.label} <span className="soft">·</span> {view.place}
      </h2>
      <div className="row states">
        <StageTag stage={view.stage} />
        {view.outcome && <span>{view.outcome.label}</span>}
        <SeverityMark severity={view.severity} />
        <span>
          <span className="soft">{t('cases.owner')} </span>
          <PersonName name={view.owner.name} role={view.owner.role.label} />
        </span>
        {view.round > 1 && <span>{t('cases.round', { n: view.round })}</span>}
      </div>
      <ul className="clocks" aria-label={t('cases.clocks')}>
        {clocksOf(view).map((promise) => (
          <li key={`${promise.kind}-${promise.round}`}>
            <Clock promise={promise} named over={!isOpen(view.stage)} />
          </li>
        ))}
      </ul>
    </header>
  );
}

/** Those that run first, then what was kept or broken in this round. */
function clocksOf(view: CaseView) {
  const rank = { open: 0, broken: 1, kept: 2, void: 3 } as Record<string, number>;
  return [...view.promises].sort((a, b) => (rank[a.state] ?? 9) - (rank[b.state] ?? 9) || a.due_at.localeCompare(b.due_at));
}

/** The clipboard of the browser is there only over TLS; the old way works on a street's own network too. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  field.style.position = 'fixed';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (!done) throw new Error('copy');
}
