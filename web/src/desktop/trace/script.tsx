// A piece of the past as a test of its rule, to copy into the rule's file.

import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';

export function Script({ script, label }: { script: string; label?: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const copy = () => void navigator.clipboard.writeText(script).then(() => message.success(t('trace.copied')), () => message.error(t('trace.not_copied')));
  return (
    <details className="block">
      <summary>{label ?? t('trace.as_test')}</summary>
      <p className="soft small">{t('trace.as_test_more')}</p>
      <pre className="raw" tabIndex={0}>{script}</pre>
      <Button size="small" onClick={copy}>{t('trace.copy')}</Button>
    </details>
  );
}
