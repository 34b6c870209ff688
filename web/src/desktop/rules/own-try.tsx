// What a text would have found in the last thirty days: the server's sentence.

import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemView } from '../parts/problem-view';
import { followed } from '../parts/run';
import { Running } from '../parts/running';
import { backtest } from '../rule/use-backtest';
import type { OwnRule } from './own';

export function OwnTry({ rule, text }: { rule: OwnRule; text: string }) {
  const { t } = useTranslation();
  const waits = useRef<AbortController | null>(null);
  const [share, setShare] = useState(0);
  const [stopped, setStopped] = useState(false);
  const run = useMutation({
    mutationFn: (wanted: string) => {
      waits.current?.abort();
      waits.current = new AbortController();
      setShare(0);
      return followed(backtest(rule.code, { text: wanted }), waits.current.signal, setShare);
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
        <Button onClick={() => { setStopped(false); run.mutate(text); }} loading={mine && run.isPending}>{t('own.try_past')}</Button>
        {mine && run.isPending && <Running share={share} words={t('rule.computing')} onCancel={() => { setStopped(true); waits.current?.abort(); }} />}
      </div>
      {result && <p className="tried">{t('own.tried', { from: view?.from, to: view?.to, what: result.sentence })}</p>}
      {result?.counts_only && <p className="soft">{t('own.counts_only')}</p>}
      {mine && !run.isPending && (stopped || view?.state === 'cancelled') && <p role="status">{t('own.try_cancelled')}</p>}
      {mine && run.error && <ProblemView fault={run.error} />}
    </section>
  );
}
