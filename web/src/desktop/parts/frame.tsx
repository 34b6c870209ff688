// The frame of a page: one heading, its actions at the right, the content under it.

import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface Props {
  title: string;
  /** Buttons at the right of the heading. */
  actions?: ReactNode;
  /** A form: not wider than is read well. */
  narrow?: boolean;
  children: ReactNode;
}

export function Page({ title, actions, narrow, children }: Props) {
  usePageTitle(title);
  return (
    <div className={narrow ? 'page narrow' : 'page'}>
      <div className="page-head">
        <h1>{title}</h1>
        {actions && <div className="end">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

export function usePageTitle(title: string): void {
  const { t } = useTranslation();
  const product = t('shell.product');
  useEffect(() => {
    document.title = `${title} · ${product}`;
  }, [title, product]);
}
