// The whole divided by area or class: a few indicators side by side, in the order of the places, not of the values.

import { Select, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { EmptyWhy } from '../parts/empty-why';
import { Value, type Indicator, type Numbers } from './number';

interface Props {
  report: Shape['IndicatorReport'];
  by: string;
  onOpen: (indicator: Indicator, numbers: Numbers, group: Shape['Coded']) => void;
}

const FIRST = ['reported', 'closed_rate', 'on_time_rate', 'rework_rate', 'solved_rate', 'satisfaction', 'handling_days'];
/** More do not fit beside one another. */
const SHOWN_MAX = 10;

export function Divided({ report, by, onOpen }: Props) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(FIRST);
  const chosen = report.indicators.filter((i) => shown.includes(i.code));
  return (
    <>
      <div className="tools">
        <label htmlFor="shown-indicators">{t('indicators.shown')}</label>
        <Select
          id="shown-indicators"
          mode="multiple"
          maxCount={SHOWN_MAX}
          maxTagCount="responsive"
          style={{ minWidth: 320, flex: 1 }}
          value={shown}
          onChange={setShown}
          options={report.indicators.map((i) => ({ value: i.code, label: i.label }))}
        />
      </div>
      <Table<Shape['IndicatorGroup']>
        size="small"
        rowKey={(g) => g.key.code}
        dataSource={report.groups}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <EmptyWhy why={t('indicators.no_groups')} more={t('indicators.no_groups_more')} /> }}
        columns={[
          { title: t(`indicators.divided.${by}`), fixed: 'left', width: 180, render: (_, g) => g.key.label },
          ...chosen.map((i) => ({
            title: i.label,
            key: i.code,
            render: (_: unknown, g: Shape['IndicatorGroup']) => {
              const numbers = g.numbers.find((n) => n.code === i.code) as Numbers;
              // Areas of earlier boundaries have no page of their own to be narrowed to.
              if (g.key.code === 'elsewhere') return <Value number={numbers.now} indicator={i} />;
              return (
                <button type="button" className="link" aria-label={`${g.key.label} ${i.label}`} onClick={() => onOpen(i, numbers, g.key)}>
                  <Value number={numbers.now} indicator={i} />
                </button>
              );
            },
          })),
        ]}
      />
    </>
  );
}
