// Registered: the number, until when, and the code the reporter takes home. The code is shown once.

import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Shape } from '../../shared/api/client';
import { when } from '../../shared/format';

interface Props {
  filed: Shape['CaseFiled'];
  /** Joined a case that was open already. */
  joined: boolean;
  onSamePlace: () => void;
  onAnother: () => void;
}

export function Filed({ filed, joined, onSamePlace, onAnother }: Props) {
  const { t } = useTranslation();
  return (
    <section className="filed" role="status">
      <h2>✓ {t(joined ? 'file.joined' : 'file.registered', { number: filed.number })}</h2>
      <dl>
        {filed.promised_by && (
          <>
            <dt>{t('file.promised')}</dt>
            <dd>{when(filed.promised_by)}</dd>
          </>
        )}
        {filed.claim_code && (
          <>
            <dt>{t('file.code')}</dt>
            <dd className="code">{filed.claim_code}</dd>
            <dt>{t('file.follow')}</dt>
            <dd>
              <a href={`/f/${filed.claim_code}`} target="_blank" rel="noreferrer">{`${location.origin}/f/${filed.claim_code}`}</a>
              <p className="soft small">{t('file.code_more')}</p>
            </dd>
          </>
        )}
      </dl>
      <div className="no-print">
        <Link to={`/cases/${filed.id}`}>{t('file.see')}</Link>
        <Button onClick={() => window.print()}>{t('file.slip')}</Button>
        <Button onClick={onSamePlace}>{t('file.same_place')}</Button>
        <Button type="primary" onClick={onAnother}>{t('file.another')}</Button>
      </div>
    </section>
  );
}
