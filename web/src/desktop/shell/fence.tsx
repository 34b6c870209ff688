// A page that fails takes only itself down, and says what to do.

import { Button } from 'antd';
import i18next from 'i18next';
import { Component, type ReactNode } from 'react';

interface State {
  fault: Error | null;
}

export class Fence extends Component<{ children: ReactNode }, State> {
  override state: State = { fault: null };

  static getDerivedStateFromError(fault: Error): State {
    return { fault };
  }

  override render() {
    const { fault } = this.state;
    if (!fault) return this.props.children;
    return (
      <div className="empty-why" role="alert">
        <strong>{i18next.t('shell.page_failed')}</strong>
        <span>{i18next.t('shell.page_failed_more', { what: fault.message })}</span>
        <div>
          <Button onClick={() => location.reload()}>{i18next.t('shell.reload')}</Button>
        </div>
      </div>
    );
  }
}
