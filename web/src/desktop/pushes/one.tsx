// One push: numbers that go up while one looks, and for a day what each person answered, to phone along.

import { useQuery } from '@tanstack/react-query';
import { Drawer, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { exact } from '../../shared/format';
import { At } from '../parts/at';
import { ProblemView } from '../parts/problem-view';
import { Counts, Urgency } from './counts';

const TONES: Record<string, [string, string]> = {
  waiting: ['○', 'tone-soft'], delivered: ['◔', 'tone-soft'], seen: ['◑', ''], coming: ['▶', 'tone-good'], done: ['✓', 'tone-good'], cannot: ['✕', 'tone-soon'],
};

export default function One({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const one = useQuery({ queryKey: ['pushes', 'one', id], queryFn: () => ask(api.GET('/api/v1/pushes/{id}', { params: { path: { id } } })) });
  const view = one.data;
  return (
    <Drawer open onClose={onClose} title={t('pushes.one')} size={640}>
      {one.error && <ProblemView fault={one.error} onAgain={() => void one.refetch()} />}
      {view && (
        <>
          <p className="push-words wrap">{view.push.text}</p>
          <p className="soft">
            {view.push.urgent && <><Urgency /> · </>}
            {view.push.area_name} · {view.push.groups.map((g) => g.label).join(t('pushes.comma'))} · {view.push.sender_name} · <At instant={view.push.at} />
          </p>
          <Counts counts={view.push.counts} />
          {view.push.counts.called > 0 && <p className="small">{t('pushes.called', { n: view.push.counts.called })}</p>}
          <People view={view} />
        </>
      )}
    </Drawer>
  );
}

function People({ view }: { view: Shape['PushView'] }) {
  const { t } = useTranslation();
  if (view.people.length === 0) return <p className="soft block">{t('pushes.no_names')}</p>;
  return (
    <section className="block">
      <h2>{t('pushes.people')}</h2>
      <Table<Shape['PushReply']>
        size="small"
        rowKey={(p) => `${p.area_name} ${p.name} ${String(p.called)}`}
        dataSource={view.people}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
        columns={[
          { title: t('pushes.where'), dataIndex: 'area_name' },
          { title: t('pushes.name'), render: (_, p) => <>{p.name}{p.called && <span className="soft small"> · {t('pushes.was_called')}</span>}</> },
          {
            title: t('pushes.state'),
            render: (_, p) => {
              const [shape, tone] = TONES[p.state.code] ?? ['', ''];
              return <span className={`mark ${tone}`}><i aria-hidden="true">{shape}</i>{p.state.label}</span>;
            },
          },
          { title: t('pushes.when'), render: (_, p) => <At instant={p.at} /> },
        ]}
      />
      <p className="soft small">{t('pushes.names_until', { when: exact(view.names_until) })}</p>
    </section>
  );
}
