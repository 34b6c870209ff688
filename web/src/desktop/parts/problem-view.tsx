// What the server refused, in its own words, and what to do next.

import { Alert, Button } from 'antd';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { Refused } from '../../shared/api/client';

/** The sentence of a refusal: the server's own, with the fields it names. */
export function saidOf(fault: unknown, t: TFunction): string {
  if (!(fault instanceof Refused)) return t('parts.failed', { what: String(fault) });
  const { status, detail, title, errors } = fault.problem;
  if (status === 0) return t('parts.unreached');
  if (status === 403) return detail || t('parts.no_right');
  if (status === 404) return detail || t('parts.not_found');
  const words = detail || title;
  const more = (errors ?? []).map((e) => e.message).filter((m) => m && !words.includes(m));
  return [words, ...more].join(t('parts.between')) || t('parts.failed', { what: String(status) });
}

interface Props {
  fault: unknown;
  /** Asks once more. */
  onAgain?: () => void;
}

export function ProblemView({ fault, onAgain }: Props) {
  const { t } = useTranslation();
  const refused = fault instanceof Refused ? fault : null;
  const isRight = refused?.status === 403;
  return (
    <Alert
      className="problem"
      type={isRight ? 'info' : 'error'}
      showIcon
      title={saidOf(fault, t)}
      description={
        <>
          {isRight && <p>{t('parts.no_right_more')}</p>}
          {refused && refused.status >= 500 && <p className="small">{t('parts.code', { code: refused.problem.code })}</p>}
        </>
      }
      action={onAgain && !isRight ? <Button size="small" onClick={onAgain}>{t('parts.again')}</Button> : undefined}
    />
  );
}
