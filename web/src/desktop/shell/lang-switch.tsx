// The other language, one click away; texts of the server are asked for anew.

import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { currentLang, switchLang } from '../../shared/i18n';

export function LangSwitch() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const other = currentLang() === 'zh' ? 'en' : 'zh';
  return (
    <Button
      type="text"
      size="small"
      lang={other === 'zh' ? 'zh-CN' : 'en'}
      onClick={() => void switchLang(other).then(() => client.invalidateQueries())}
    >
      {t('shell.other_language')}
    </Button>
  );
}
