// An empty list says why it is empty, and offers the one thing to do about it.

import { Button } from 'antd';

interface Props {
  why: string;
  more?: string;
  next?: { label: string; do: () => void };
}

export function EmptyWhy({ why, more, next }: Props) {
  return (
    <div className="empty-why" role="status">
      <strong>{why}</strong>
      {more && <span>{more}</span>}
      {next && (
        <div>
          <Button onClick={next.do}>{next.label}</Button>
        </div>
      )}
    </div>
  );
}
