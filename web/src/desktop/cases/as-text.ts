// A case as a few lines for a chat group. Nobody who reported is named in it.

import i18next from 'i18next';
import { now } from '../../shared/clock';
import { span, when } from '../../shared/format';
import { nextPromise } from '../parts/deadline';
import type { CaseView } from './use-case';

export function asText(view: CaseView): string {
  const t = i18next.t;
  const next = nextPromise(view.promises.filter((p) => p.state === 'open' && !p.paused));
  const left = next ? Date.parse(next.due_at) - now() : 0;
  const clock = next && `${next.label} ${when(next.due_at)}（${left < 0 ? t('parts.overdue', { n: span(-left) }) : t('parts.left', { n: span(left) })}）`;
  const lines = [
    `【${view.class.label}】${view.place}`,
    view.text || view.title,
    `${view.stage.label} · ${t('cases.owner')} ${view.owner.name}`,
    clock ?? '',
    view.number,
    `${location.origin}/cases/${view.id}`,
  ];
  return lines.filter(Boolean).join('\n');
}
