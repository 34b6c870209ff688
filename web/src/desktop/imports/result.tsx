// Rows that did not go in, with every reason; what follows from those that do; and first passwords, shown once.

import { Alert, Button, Table as AntTable } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';

const SHOWN_MAX = 20;

export function Rows({ result }: { result: Shape['ImportResult'] }) {
  const { t } = useTranslation();
  if (result.rows.length === 0) return null;
  return (
    <section className="block">
      <div className="page-head">
        <h2>{t('imports.refused_rows')}</h2>
        {result.errors_url && (
          <div className="end">
            <Button href={result.errors_url} download>{t('imports.errors_file')}</Button>
          </div>
        )}
      </div>
      <AntTable<Shape['ImportRow']>
        size="small"
        rowKey="row"
        dataSource={result.rows.slice(0, SHOWN_MAX)}
        pagination={false}
        columns={[
          { title: t('imports.row'), dataIndex: 'row', width: 80 },
          { title: t('imports.problems'), render: (_, r) => <ul className="plain">{r.problems.map((p) => <li key={p.field + p.code}>{p.message}</li>)}</ul> },
        ]}
      />
      {result.rows.length > SHOWN_MAX && <p className="soft small">{t('imports.more_rows', { n: result.rows.length - SHOWN_MAX })}</p>}
    </section>
  );
}

/** Boundaries that are redrawn, with who will see more by it: read before it is taken. */
export function Notes({ notes, dry }: { notes: string[]; dry: boolean }) {
  const { t } = useTranslation();
  if (notes.length === 0) return null;
  return (
    <Alert
      type="info"
      showIcon
      style={{ margin: '0 0 16px' }}
      title={t(dry ? 'imports.will_follow' : 'imports.follows')}
      description={<ul className="plain">{notes.map((note) => <li key={note}>{note}</li>)}</ul>}
    />
  );
}

export function Passwords({ passwords }: { passwords: Shape['FirstPassword'][] }) {
  const { t } = useTranslation();
  if (passwords.length === 0) return null;
  const lines = passwords.map((p) => `${p.login}\t${p.password}`).join('\n');
  const save = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([lines], { type: 'text/tab-separated-values' }));
    link.download = 'passwords.tsv';
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <Alert
      type="warning"
      title={t('imports.passwords', { n: passwords.length })}
      description={<pre className="raw">{lines}</pre>}
      action={<Button onClick={save}>{t('imports.save_passwords')}</Button>}
    />
  );
}
