// The safety index of a place and of its parts, in the order of the tree; where there is none, why.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { figure } from '../../shared/format';

type Row = Shape['SafetyRow'];

export function Safety({ safety }: { safety: Shape['SafetyView'] }) {
  const { t } = useTranslation();
  if (safety.rows.length === 0) return null;
  return (
    <section className="block" aria-labelledby="safety-index">
      <h2 id="safety-index">{t('indicators.safety')}</h2>
      <dl className="score">
        {safety.rows.map((row) => (
          <div key={row.area.code}>
            <dt>
              {row.area.label}
              {typeof row.residents === 'number' && <><br /><small className="soft">{t('indicators.residents', { n: row.residents })}</small></>}
            </dt>
            <dd>{row.blank ? <span className="soft">— {row.blank.label}</span> : <Value row={row} />}</dd>
          </div>
        ))}
      </dl>
      <p className="soft small">{safety.formula}</p>
    </section>
  );
}

function Value({ row }: { row: Row }) {
  const { t } = useTranslation();
  const points = (value: number | null | undefined) => (typeof value === 'number' ? figure(value, 1) : '—');
  return (
    <>
      <strong>{points(row.value)}</strong> <small className="soft">{t('indicators.between', { low: points(row.low), high: points(row.high) })}</small>
      {row.band && <> · {row.band.label}</>}
      <br />
      <small className="soft">{row.events.map((e) => `${e.kind.label} ${e.n}`).join(' · ')}</small>
    </>
  );
}
