// Waiting says so, but only when it takes long enough to be noticed.

import { Spin } from 'antd';

export function Loading() {
  return (
    <div style={{ padding: 48, textAlign: 'center' }}>
      <Spin delay={200} />
    </div>
  );
}
