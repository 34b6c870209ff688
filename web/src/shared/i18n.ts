// Both languages of the pages, one file per page and language, merged under the page's name: `cases.title` stands in
// `locales/zh/cases.json` and `locales/en/cases.json`. Chinese is always there; English is fetched when it is chosen.

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

export type Lang = 'zh' | 'en';
interface Texts {
  [key: string]: string | Texts;
}

const chinese = import.meta.glob<Texts>('../locales/zh/*.json', { eager: true, import: 'default' });
const english = import.meta.glob<Texts>('../locales/en/*.json', { import: 'default' });

const KEPT = 'linli.lang';
let lang: Lang = 'zh';

export function currentLang(): Lang {
  return lang;
}

const pageOf = (path: string) => path.slice(path.lastIndexOf('/') + 1, -'.json'.length);

function keptLang(): Lang {
  try {
    return localStorage.getItem(KEPT) === 'en' ? 'en' : 'zh';
  } catch {
    return 'zh';
  }
}

export async function startI18n(): Promise<void> {
  const translation = Object.fromEntries(Object.entries(chinese).map(([path, texts]) => [pageOf(path), texts]));
  await i18next.use(initReactI18next).init({
    lng: 'zh',
    fallbackLng: 'zh',
    resources: { zh: { translation } },
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  if (keptLang() === 'en') await switchLang('en');
  else document.documentElement.lang = 'zh-CN';
}

export async function switchLang(wanted: Lang): Promise<void> {
  if (wanted === 'en' && !i18next.hasResourceBundle('en', 'translation')) {
    const pages = await Promise.all(Object.entries(english).map(async ([path, load]) => [pageOf(path), await load()] as const));
    i18next.addResourceBundle('en', 'translation', Object.fromEntries(pages));
  }
  lang = wanted;
  document.documentElement.lang = wanted === 'zh' ? 'zh-CN' : 'en';
  try {
    localStorage.setItem(KEPT, wanted);
  } catch {
    // A browser that keeps nothing still changes the language of this visit.
  }
  await i18next.changeLanguage(wanted);
}
