// The hotline's score (12345) of the period, part by part; blank where there is nothing to judge by.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { figure } from '../../shared/format';
import { GroupVolume } from './group-volume';

export function Score({ score, period }: { score: Shape['ScoreView']; period: Shape['PeriodView'] }) {
  const { t } = useTranslation();
  const points = (value: number | null | undefined) => (typeof value === 'number' ? figure(value, 1) : '—');
  return (
    <section className="block" aria-labelledby="hotline-score">
      <h2 id="hotline-score">{t('indicators.score')}</h2>
      {score.tickets === 0 ? (
        <p className="soft">{t('indicators.no_tickets')}</p>
      ) : (
        <dl className="score">
          {score.parts.map((p) => (
            <div key={p.code}>
              <dt>
                {p.label}<br /><small className="soft">{p.formula}</small>
                {p.code === 'volume' && <GroupVolume score={score} period={period} />}
              </dt>
              <dd><strong>{points(p.points)}</strong> / {points(p.points_max)} {typeof p.share === 'number' && <small className="soft">{figure(p.share * 100, 1)} %</small>}</dd>
            </div>
          ))}
          <div>
            <dt>{t('indicators.deducted')}<br /><small className="soft">{score.deducted_formula}</small></dt>
            <dd>{score.deducted > 0 ? `−${points(score.deducted)}` : '0'}</dd>
          </div>
          <div>
            <dt>{t('indicators.total')}</dt>
            <dd><strong>{points(score.total)}</strong> / {points(score.total_max)} <small className="soft">{t('indicators.tickets', { n: score.tickets })}</small></dd>
          </div>
        </dl>
      )}
      <p className="soft small">{t('indicators.score_more')}</p>
    </section>
  );
}
