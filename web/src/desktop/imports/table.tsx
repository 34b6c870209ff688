// One kind of table: choose the file, look at the trial, take it over.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { upload, type Shape } from '../../shared/api/client';
import { ProblemView } from '../parts/problem-view';
import type { Kind } from './page';
import { Notes, Passwords, Rows } from './result';

type Result = Shape['ImportResult'];
const BYTES_MAX = 20 << 20;

export function Table({ kind, onTaken }: { kind: Kind; onTaken: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [tooLarge, setTooLarge] = useState(false);
  const send = (dry: boolean) => upload<Result>(`/api/v1/imports/${kind}${dry ? '?dry_run=true' : ''}`, file as File, file?.name);
  const trial = useMutation({ mutationFn: (chosen: File) => upload<Result>(`/api/v1/imports/${kind}?dry_run=true`, chosen, chosen.name) });
  const take = useMutation({
    mutationFn: () => send(false),
    onSuccess: async () => {
      onTaken();
      await client.invalidateQueries();
    },
  });
  const choose = (chosen: File) => {
    setTooLarge(chosen.size > BYTES_MAX);
    take.reset();
    setFile(chosen);
    if (chosen.size <= BYTES_MAX) trial.mutate(chosen);
    return false;
  };
  const result = take.data ?? trial.data;
  return (
    <>
      <div className="tools">
        <Button href={`/api/v1/imports/${kind}/template.xlsx`} download>{t('imports.template')}</Button>
        <Upload accept=".xlsx,.csv" maxCount={1} showUploadList={false} beforeUpload={choose}>
          <Button type={result ? 'default' : 'primary'} loading={trial.isPending}>{file ? t('imports.other_file') : t('imports.choose')}</Button>
        </Upload>
        {file && <span className="soft">{file.name}</span>}
      </div>
      <p className="soft small">{t(`imports.more.${kind}`)}</p>
      {tooLarge && <Alert type="error" title={t('imports.too_large', { n: BYTES_MAX >> 20 })} />}
      {(trial.error ?? take.error) && <ProblemView fault={trial.error ?? take.error} />}
      {result && !tooLarge && (
        <>
          <Verdict result={result} taking={take.isPending} onTake={() => take.mutate()} />
          <Notes notes={result.notes} dry={result.dry_run} />
          <Passwords passwords={result.passwords} />
          <Rows result={result} />
        </>
      )}
    </>
  );
}

/** What the trial, or the import, came to, in one sentence. */
function Verdict({ result, taking, onTake }: { result: Result; taking: boolean; onTake: () => void }) {
  const { t } = useTranslation();
  const { taken, refused, dry_run: dry } = result;
  const title = dry ? t('imports.would', { taken, refused }) : t('imports.did', { taken, refused });
  return (
    <Alert
      role="status"
      style={{ margin: '16px 0' }}
      type={refused > 0 ? 'warning' : 'success'}
      showIcon
      title={title}
      description={dry && taken > 0 && refused > 0 ? t('imports.good_goes') : undefined}
      action={dry && taken > 0 ? <Button type="primary" loading={taking} onClick={onTake}>{t('imports.take', { n: taken })}</Button> : undefined}
    />
  );
}
