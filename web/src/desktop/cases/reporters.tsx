// Who reported: masked, each with the number they were given, what they were promised and what was heard of them.

import { useTranslation } from 'react-i18next';
import { At } from '../parts/at';
import type { CaseView } from './use-case';

export function Reporters({ view }: { view: CaseView }) {
  const { t } = useTranslation();
  if (view.reporters.length === 0) return null;
  return (
    <>
      <dt>{t('cases.reporters')}</dt>
      <dd>
        <ul className="reporters">
          {view.reporters.map((r) => (
            <li key={r.id}>
              <span>{[r.channel, r.name || t('cases.unnamed'), r.phone].filter(Boolean).join(' ')}</span>
              {r.number !== view.number && <span className="soft">{t('cases.own_number', { number: r.number })}</span>}
              {r.promised_by && (
                <span className="soft">
                  {t('cases.own_promise')} <At instant={r.promised_by} />
                </span>
              )}
              {r.heard && <strong>{r.heard}</strong>}
            </li>
          ))}
        </ul>
        {view.contact?.phone && <a href={`tel:${view.contact.phone}`} title={t('cases.contact_more')}>{t('cases.contact', { phone: view.contact.phone })}</a>}
      </dd>
    </>
  );
}
