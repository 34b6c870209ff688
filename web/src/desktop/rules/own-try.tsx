// What a text would have found in the last thirty days: the server's sentence.

import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { ProblemView } from '../parts/problem-view';
import type { OwnRule } from './own';

const AGAIN_MS = 1500;

/** The run when it has ended; asked for again as long as it goes on. */
async function tried(rule: string, text: string): Promise<Shape['BacktestView']> {
  let run = await ask(api.POST('/api/v1/rules/{rule}/backtests', { params: { path: { rule } }, body: { text } }));
  while (run.state === 'running') {
    await new Promise((done) => setTimeout(done, AGAIN_MS));
    run = await ask(api.GET('/api/v1/backtests/{id}', { params: { path: { id: run.id } } }));
  }
  return run;
}

export function OwnTry({ rule, text }: { rule: OwnRule; text: string }) {
  const { t } = useTranslation();
  const run = useMutation({ mutationFn: () => tried(rule.code, text) });
  const result = run.data?.result;
  return (
    <section className="block">
      <h2>{t('own.try')}</h2>
      <div className="tools">
        <Button onClick={() => run.mutate()} loading={run.isPending}>{t('own.try_past')}</Button>
      </div>
      {result && <p className="tried">{t('own.tried', { from: run.data?.from, to: run.data?.to, what: result.sentence })}</p>}
      {result?.counts_only && <p className="soft">{t('own.counts_only')}</p>}
      {run.error && <ProblemView fault={run.error} />}
    </section>
  );
}
