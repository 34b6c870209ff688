// Posts under the days of the week, with the hours each is on duty as bars; read aloud as times.

import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { when } from '../../shared/format';
import { piecesOf } from './week';

type Week = Shape['DutyWeek'];
type Post = Shape['DutyPost'];

export function Posts({ week, onSet }: { week: Week; onSet: (post: Post) => void }) {
  const { t } = useTranslation();
  return (
    <table className="duty">
      <thead>
        <tr>
          <th scope="col">{t('duty.post')}</th>
          {week.days.map((day) => (
            <th scope="col" key={day.date} className={day.is_rest ? 'rest' : undefined}>
              {day.date.slice(5)} <span className="weekday">{t(`duty.weekdays.${new Date(`${day.date}T00:00:00Z`).getUTCDay()}`)}</span>
              {day.is_rest && <span className="off">{t('duty.rest')}</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {week.posts.map((post) => (
          <tr key={post.post}>
            <th scope="row">
              <span className="name">{post.name}</span>
              <span className={`mark ${post.is_on_now ? 'tone-good' : ''}`}><i aria-hidden="true">{post.is_on_now ? '✓' : '○'}</i>{t(post.is_on_now ? 'duty.on' : 'duty.off')}</span>
              <span className="soft">{post.area.label} · {post.role.label} · {t('duty.open_cases', { n: post.open_cases })}</span>
              {post.set && <Button size="small" type="link" onClick={() => onSet(post)} aria-label={`${t('duty.set')} ${t('duty.set_of', { name: post.name })}`}>{t('duty.set')}</Button>}
            </th>
            {week.days.map((day) => <Day key={day.date} post={post} begins={day.begins_at} rest={day.is_rest} />)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Day({ post, begins, rest }: { post: Post; begins: string; rest: boolean }) {
  const { t } = useTranslation();
  const pieces = piecesOf(post.spans, begins);
  const end = Date.parse(begins) + 86_400_000;
  const within = post.spans.filter((s) => Date.parse(s.from) < end && Date.parse(s.to) > Date.parse(begins));
  const said = within.length === 0 ? t('duty.nobody') : within.map((s) => `${when(s.from)} – ${when(s.to)}`).join(t('shell.and'));
  return (
    <td className={rest ? 'rest' : undefined} title={said}>
      <span className="bar" aria-hidden="true">
        {pieces.map((p) => <i key={p.from} style={{ insetInlineStart: `${p.from}%`, width: `${p.width}%` }} />)}
      </span>
      <span className="said">{said}</span>
    </td>
  );
}
