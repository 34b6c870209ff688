// The backtest pane: what may be tried at the left, what the server's engine says of it at the right; the sentence always
// in sight. Nothing is reckoned here.

import { useQuery } from '@tanstack/react-query';
import { Button, Input, Tag } from 'antd';
import { useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { now } from '../../shared/clock';
import { figure, ZONE } from '../../shared/format';
import { AreaPicker, useAreas } from '../parts/areas';
import { ProblemView } from '../parts/problem-view';
import { Running } from '../parts/running';
import { NearMisses } from '../trace/near';
import { SubjectSearch } from '../trace/subject-search';
import { Curve } from './curve';
import { TermInputs, ValueInputs } from './inputs';
import { Load } from './load';
import { Changes, Days, Weeks } from './result';
import { SetForArea } from './set';
import { changed, NO_TERMS, termsAsk, valuesAsk, type Terms } from './tried';
import { useBacktest, type Backtest } from './use-backtest';
import { useRested } from './use-rested';
import { Versions } from './versions';

const DAYS = 30;
const dayOf = (ms: number) => new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short' }).format(ms);

export function BacktestPane({ rule }: { rule: Shape['RuleRow'] }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [area, subject] = [params.get('area') ?? '', params.get('subject') ?? ''];
  const [range, setRange] = useState(() => ({ from: dayOf(now() - (DAYS - 1) * 86_400_000), to: dayOf(now()) }));
  const [values, setValues] = useState<Record<string, number>>({});
  const [terms, setTerms] = useState<Terms>(NO_TERMS);
  const areas = useAreas();
  const inForce = useQuery({
    queryKey: ['values', rule.rule, area],
    queryFn: () => ask(api.GET('/api/v1/rules/{rule}/values', { params: { path: { rule: rule.rule }, query: { area: area || undefined } } })),
    staleTime: 30_000,
  });
  const variables = useMemo(() => inForce.data?.variables ?? [], [inForce.data]);
  const wanted = useMemo(
    () => (inForce.data ? { area: area || null, ...range, values: valuesAsk(variables, values), terms: termsAsk(terms) } : null),
    [inForce.data, area, range, variables, values, terms],
  );
  const run = useBacktest(rule.rule, wanted);
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value) next.set(name, value);
    else next.delete(name);
    setParams(next, { replace: true });
  };
  const tried = Object.entries(wanted?.values ?? {}).map(([name, value]) => `${name}=${value}`).join(',');
  const rested = useRested(tried);
  const chosen = areas.data?.find((a) => a.id === area);
  const differs = Object.keys(changed(variables, values)).length > 0 || terms !== NO_TERMS;
  return (
    <section className="backtest">
      <h2>{t('rule.try')}</h2>
      <Sentence run={run} />
      <div className="sides">
        <div className="inputs">
          <div className="grid">
            <label htmlFor="try-area">{t('rule.area')}<AreaPicker id="try-area" label={t('rule.area')} value={area || undefined} onChange={(id) => set('area', id ?? '')} placeholder={t('rule.all_mine')} allowClear /></label>
            <label htmlFor="try-from">{t('rule.range')}
              <span className="pair">
                <Input id="try-from" type="date" value={range.from} max={range.to} onChange={(e) => e.target.value && setRange((r) => ({ ...r, from: e.target.value }))} aria-label={t('rule.from')} />
                <span aria-hidden="true">–</span>
                <Input type="date" value={range.to} min={range.from} max={dayOf(now())} onChange={(e) => e.target.value && setRange((r) => ({ ...r, to: e.target.value }))} aria-label={t('rule.to')} />
              </span>
            </label>
          </div>
          {inForce.error && <ProblemView fault={inForce.error} onAgain={() => void inForce.refetch()} />}
          <ValueInputs variables={variables} values={values} onChange={(name, value) => setValues((v) => ({ ...v, [name]: value }))} fixed={rule.mandatory ? t('rule.fixed') : undefined} />
          <TermInputs rule={rule.rule} terms={terms} onChange={setTerms} />
          <div className="tools">
            <SetForArea rule={rule} area={chosen ? { id: chosen.id, name: chosen.name } : null} inForce={inForce.data} values={values} terms={terms} onSet={() => { setValues({}); setTerms(NO_TERMS); }} onRenew={run.again} />
            {differs && <Button onClick={() => { setValues({}); setTerms(NO_TERMS); }}>{t('rule.reset')}</Button>}
          </div>
          {chosen && <Versions key={chosen.id} rule={rule.rule} area={chosen.id} onRenew={run.again} />}
        </div>
        <div className="results">
          {run.result && <OfWhen run={run}><Days result={run.result} /></OfWhen>}
          <label htmlFor="try-subject" className="one-subject">{t('rule.one')}<SubjectSearch id="try-subject" rule={rule.rule} value={subject} onChange={(one) => set('subject', one ?? '')} allowClear /></label>
          {subject && <Curve rule={rule.rule} subject={subject} from={range.from} to={range.to} values={rested} />}
        </div>
      </div>
      {run.result && <OfWhen run={run}><Changes result={run.result} rule={rule.rule} values={tried} /><Weeks result={run.result} /></OfWhen>}
      <Load rule={rule.rule} area={area || undefined} result={run.result} />
      <NearMisses key={`${area} ${range.from} ${range.to}`} rule={rule.rule} area={area || undefined} from={range.from} to={range.to} />
    </section>
  );
}

/** Figures that were computed for something else than what is asked now say so where they stand. */
function OfWhen({ run, children }: { run: Backtest; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={run.fresh ? undefined : 'older'}>
      {!run.fresh && <p className="soft small"><Tag>{t('rule.older')}</Tag></p>}
      {children}
    </div>
  );
}

function Sentence({ run }: { run: Backtest }) {
  const { t } = useTranslation();
  const { result } = run;
  return (
    <div className="try-sentence" role="status" aria-busy={run.running}>
      {run.fault ? (
        <ProblemView fault={run.fault} onAgain={run.again} />
      ) : (
        <>
          <p className={run.fresh ? 'sentence' : 'sentence soft'}>{result ? result.sentence : run.running ? t('rule.computing') : t('rule.no_result')}</p>
          <p className="soft small">
            {run.running ? t('rule.computing') : run.cancelled ? t('rule.cancelled') : result && !run.fresh ? t('rule.older') : ''}
            {!run.running && run.fresh && result && run.range ? t('rule.took', { ...run.range, readings: figure(result.readings), ms: figure(result.took_ms) }) : ''}
            {result?.counts_only ? ` ${t('rule.counts_only')}` : ''}
          </p>
        </>
      )}
      {run.running && (
        <Running share={run.progress} words={t('rule.computing')} onCancel={run.cancel} />
      )}
      {!run.running && run.cancelled && <Button size="small" onClick={run.again}>{t('rule.compute_again')}</Button>}
    </div>
  );
}
