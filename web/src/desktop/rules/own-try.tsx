// What a text would have found in the last thirty days: the server's sentence.

import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { ProblemView } from '../parts/problem-view';
import type { OwnRule } from './own';

const AGAIN_MS = 1500;

/** The run when it has ended; asked for again as long as somebody waits, and cancelled at the server after that. */
async function tried(rule: string, text: string, waits: AbortSignal): Promise<Shape['BacktestView']> {
  let run = await ask(api.POST('/api/v1/rules/{rule}/backtests', { params: { path: { rule } }, body: { text } }));
  while (run.state === 'running') {
    await new Promise((done) => setTimeout(done, AGAIN_MS));
    if (waits.aborted) {
      void api.DELETE('/api/v1/backtests/{id}', { params: { path: { id: run.id } } });
      return run;
    }
    run = await ask(api.GET('/api/v1/backtests/{id}', { params: { path: { id: run.id } } }));
  }
  return run;
}

export function OwnTry({ rule, text }: { rule: OwnRule; text: string }) {
  const { t } = useTranslation();
  const waits = useRef<AbortController | null>(null);
  const run = useMutation({
    mutationFn: (wanted: string) => {
      waits.current?.abort();
      waits.current = new AbortController();
      return tried(rule.code, wanted, waits.current.signal);
    },
  });
  useEffect(() => () => waits.current?.abort(), []);
  // What was said of another text is not said of this one.
  const mine = run.variables === text;
  const view = mine ? run.data : undefined;
  const result = view?.result;
  return (
    <section className="block">
      <h2>{t('own.try')}</h2>
      <div className="tools">
        <Button onClick={() => run.mutate(text)} loading={mine && run.isPending}>{t('own.try_past')}</Button>
      </div>
      {result && <p className="tried">{t('own.tried', { from: view?.from, to: view?.to, what: result.sentence })}</p>}
      {result?.counts_only && <p className="soft">{t('own.counts_only')}</p>}
      {view?.state === 'cancelled' && <p role="status">{t('own.try_cancelled')}</p>}
      {view?.state === 'failed' && <p role="status">{t('own.try_failed')}</p>}
      {view?.state === 'failed' && <p role="status">{t('own.try_failed')}</p>}
      {mine && run.error && <ProblemView fault={run.error} />}
    </section>
  );
}
