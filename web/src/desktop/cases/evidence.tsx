// Why this case exists: the rule's sentence, the curve with its threshold or deadline, the readings it was made from.

import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { figure, when } from '../../shared/format';
import { Loading } from '../parts/loading';
import { measureLabel, unitLabel } from '../parts/measure';
import { RuleLink } from '../parts/rule-link';

const Chart = lazy(() => import('./evidence-chart'));

type Evidence = Shape['EvidenceView'];
type Rule = Shape['RuleRow'];

/** A change from one moment to the next is no line across the curve. */
const CHANGES = ['drop', 'rise'];
const READINGS_SHOWN = 20;

/** The rule of this code, with its name in the reader's language. */
export function useRule(code: string | undefined): Rule | undefined {
  const rules = useQuery({ queryKey: ['rules'], queryFn: () => ask(api.GET('/api/v1/rules')), staleTime: 600_000, enabled: code !== undefined });
  return rules.data?.find((r) => r.rule === code);
}

export function Evidence({ evidence }: { evidence: Evidence }) {
  const { t } = useTranslation();
  const finding = useQuery({
    queryKey: ['finding', evidence.finding],
    queryFn: () => ask(api.GET('/api/v1/findings/{id}', { params: { path: { id: evidence.finding } } })),
    staleTime: 60_000,
  });
  const rule = useRule(evidence.rule);
  const measures = new Set(evidence.readings.map((r) => r.measure));
  const all = finding.data?.series ?? [];
  // What the finding was made of; a battery or signal strength stands on the device's own page.
  const series = all.some((s) => measures.has(s.measure)) ? all.filter((s) => measures.has(s.measure)) : all;
  return (
    <section className="evidence">
      <h3>{t('cases.why')}</h3>
      <p className="why">{evidence.sentence}</p>
      <p className="small soft">
        <Link to={`/findings/${evidence.finding}`}>{t('cases.trace')}</Link> · {t('cases.by_rule')} <RuleLink code={evidence.rule} read>{rule?.name ?? evidence.rule}</RuleLink> {t('cases.rule_version', { n: evidence.rule_version })}
        {evidence.parameters.map((p) => (
          <span key={p.name}> · {labelOf(rule, p.name)} {figure(p.value)} {unitLabel(p.unit)}{p.set_by === 'template' ? '' : ` (${t('cases.set_by', { who: p.set_by })})`}</span>
        ))}
      </p>
      {series.map((one) => (
        <figure key={one.measure}>
          <figcaption>{t(evidence.by_day ? 'cases.curve_days' : 'cases.curve', { what: measureLabel(one.measure), unit: unitLabel(one.unit) ? ` (${unitLabel(one.unit)})` : '' })}</figcaption>
          <Suspense fallback={<Loading />}>
            <Chart
              series={one}
              name={measureLabel(one.measure)}
              byDay={evidence.by_day}
              start={evidence.start}
              end={evidence.end ?? null}
              deadline={evidence.deadline ?? null}
              lines={evidence.parameters.filter((p) => p.unit !== '' && p.unit === one.unit && !CHANGES.includes(p.name)).map((p) => ({ name: labelOf(rule, p.name), value: p.value }))}
            />
          </Suspense>
        </figure>
      ))}
      <Readings evidence={evidence} />
    </section>
  );
}

const labelOf = (rule: Rule | undefined, name: string) => rule?.parameters.find((p) => p.name === name)?.label ?? name;

function Readings({ evidence }: { evidence: Evidence }) {
  const { t } = useTranslation();
  if (evidence.readings.length === 0 && evidence.steps.length === 0) return null;
  const shown = evidence.readings.slice(-READINGS_SHOWN);
  return (
    <details>
      <summary>{t('cases.readings', { n: shown.length, total: evidence.readings_total })}</summary>
      {evidence.steps.length > 0 && (
        <ul>
          {evidence.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ul>
      )}
      <table className="readings">
        <thead>
          <tr>
            <th scope="col">{t('cases.at')}</th>
            <th scope="col">{t('cases.device')}</th>
            <th scope="col">{t('cases.measure')}</th>
            <th scope="col" className="num">{t('cases.value')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((r, n) => (
            <tr key={n}>
              <td>{when(r.at)}</td>
              <td>
                <Link to={`/devices/${encodeURIComponent(r.device)}`}>{r.device}</Link>
              </td>
              <td>{measureLabel(r.measure)}</td>
              <td className="num">{r.value == null ? (r.text ?? '') : figure(r.value, 3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
