// A secret that was just drawn: shown this once, with how to use it.

import { Alert, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';

export function SecretOnce({ made }: { made: Shape['CredentialMade'] }) {
  const { t } = useTranslation();
  const line = (label: string, text: string) => (
    <div className="secret-line">
      <span className="soft">{label}</span>
      <Typography.Text code copyable>{text}</Typography.Text>
    </div>
  );
  return (
    <Alert
      type="warning"
      title={t('devices.secret_once')}
      description={
        <>
          {line(t('devices.user'), made.name)}
          {line(t('devices.secret'), made.secret)}
          {line(t('devices.topic'), made.mqtt_topic)}
          {line('HTTP', 'POST /api/v1/readings')}
        </>
      }
    />
  );
}
