// Ant Design in our tokens and language; light by day, dark for the duty desk at night.

import { App, ConfigProvider, theme, type ThemeConfig } from 'antd';
import zhCN from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

type AntLocale = typeof zhCN;
const KEPT = 'linli.night';

interface Night {
  night: boolean;
  setNight: (night: boolean) => void;
}
const NightContext = createContext<Night>({ night: false, setNight: () => undefined });
export const useNight = () => useContext(NightContext);

function tokens(night: boolean): ThemeConfig {
  const accent = night ? '#6aa5f2' : '#0b57b7';
  return {
    algorithm: night ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: accent,
      colorLink: accent,
      colorError: night ? '#ff8f85' : '#b42318',
      colorWarning: night ? '#f0b35a' : '#8a4b00',
      colorErrorBg: night ? '#3a1d1b' : '#fef1f0',
      colorErrorBorder: night ? '#6b332f' : '#f3c5c0',
      colorWarningBg: night ? '#33270f' : '#fff7e8',
      colorWarningBorder: night ? '#5e4719' : '#efd6a7',
      colorSuccessBg: night ? '#163022' : '#eef8f1',
      colorSuccessBorder: night ? '#2c5a40' : '#b9dec8',
      colorSuccess: night ? '#6fce98' : '#12703c',
      colorText: night ? '#e6e8eb' : '#1d2129',
      colorTextSecondary: night ? '#a9b1bc' : '#4e5969',
      colorTextTertiary: night ? '#a9b1bc' : '#4e5969',
      colorTextDescription: night ? '#a9b1bc' : '#4e5969',
      colorTextPlaceholder: night ? '#8f98a3' : '#667085',
      colorTextDisabled: night ? '#8f98a3' : '#667085',
      colorBgLayout: night ? '#121417' : '#f4f5f7',
      colorBgContainer: night ? '#1a1d21' : '#ffffff',
      colorBorderSecondary: night ? '#32383f' : '#dfe3e8',
      borderRadius: 6,
      motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      fontFamily: 'inherit',
    },
    components: { Table: { headerBg: night ? '#22262b' : '#f4f5f7', cellPaddingBlockSM: 7 } },
  };
}

function keptNight(): boolean {
  try {
    return localStorage.getItem(KEPT) === '1';
  } catch {
    return false;
  }
}

export function Theme({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const [locale, setLocale] = useState<AntLocale>(zhCN);
  const [night, setNight] = useState(keptNight);
  const english = i18n.language === 'en';
  useEffect(() => {
    dayjs.locale(english ? 'en' : 'zh-cn');
    if (!english) return setLocale(zhCN);
    void import('antd/locale/en_GB').then((m) => setLocale(m.default));
  }, [english]);
  useEffect(() => {
    document.documentElement.toggleAttribute('data-night', night);
    try {
      localStorage.setItem(KEPT, night ? '1' : '0');
    } catch {
      // Kept for this visit only.
    }
  }, [night]);
  const config = useMemo(() => tokens(night), [night]);
  const choice = useMemo(() => ({ night, setNight }), [night]);
  return (
    <NightContext value={choice}>
      <ConfigProvider locale={locale} theme={config} button={{ autoInsertSpace: false }} componentSize="middle">
        <App component={false} message={{ top: 56, duration: 4 }} notification={{ top: 56, maxCount: 3 }}>
          {children}
        </App>
      </ConfigProvider>
    </NightContext>
  );
}
