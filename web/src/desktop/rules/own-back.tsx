// Before one goes back to an earlier version: what would then be otherwise than it is now.

import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import type { OwnRule } from './own';
import { Changes, useOwnHistory } from './own-versions';

interface Props {
  rule: OwnRule;
  version: number;
  /** What is asked for, as its button says it. */
  label: string;
  loading: boolean;
  onGo: () => void;
  onClose: () => void;
}

export function OwnBack({ rule, version, label, loading, onGo, onClose }: Props) {
  const { t } = useTranslation();
  const history = useOwnHistory(rule, true);
  const on = history.data?.on;
  const back = history.data?.versions.find((v) => v.version === version)?.back;
  return (
    <div className="going-back" role="group" aria-label={label}>
      {history.isPending && <Loading />}
      {history.error && <ProblemView fault={history.error} onAgain={() => void history.refetch()} />}
      {history.data && back == null && <p>{t('own.back_nothing_on')}</p>}
      {back?.length === 0 && <p>{t('own.version_same', { n: on })}</p>}
      {back && back.length > 0 && (
        <>
          <p>{t('own.back_changes', { n: on })}</p>
          <Changes changes={back} />
        </>
      )}
      <div className="tools">
        <Button type="primary" size="small" disabled={!history.data} loading={loading} onClick={onGo}>{label}</Button>
        <Button size="small" onClick={onClose}>{t('own.back_close')}</Button>
      </div>
    </div>
  );
}
