// Every indicator of the whole, beside the period before and the year before.

import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { Moved, Value, type Indicator, type Numbers } from './number';

interface Props {
  report: Shape['IndicatorReport'];
  onOpen: (indicator: Indicator, numbers: Numbers) => void;
}

export function Whole({ report, onOpen }: Props) {
  const { t } = useTranslation();
  const of = (code: string) => report.whole.find((n) => n.code === code) as Numbers;
  return (
    <Table<Indicator>
      size="small"
      className="stack"
      rowKey="code"
      dataSource={report.indicators}
      pagination={false}
      columns={[
        {
          title: t('indicators.indicator'),
          render: (_, i) => (
            <>
              <button type="button" className="link" data-indicator={i.code} onClick={() => onOpen(i, of(i.code))}>{i.label}</button>
              <div className="soft small formula">{i.formula}</div>
            </>
          ),
        },
        { title: report.period.name, width: 190, render: (_, i) => <Value number={of(i.code).now} indicator={i} /> },
        { title: t('indicators.against', { what: t('indicators.before'), name: report.before?.name ?? '' }), width: 190, render: (_, i) => <Moved now={of(i.code).now} then={of(i.code).before} indicator={i} /> },
        { title: t('indicators.against', { what: t('indicators.year_before'), name: report.year_before?.name ?? '' }), width: 190, render: (_, i) => <Moved now={of(i.code).now} then={of(i.code).year_before} indicator={i} /> },
      ]}
    />
  );
}
