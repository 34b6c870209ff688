// Somebody else changed the case meanwhile: what was seen, what is, and who did what in between.

import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { At } from '../parts/at';
import { Deadline } from '../parts/deadline';
import { StageTag } from '../parts/stage-tag';
import type { Action, CaseView } from './use-case';

interface Props {
  seen: CaseView;
  now: CaseView;
  /** The same action as it is offered now. */
  offered: Action | undefined;
  onGoOn: () => void;
}

export function Conflict({ seen, now, offered, onGoOn }: Props) {
  const { t } = useTranslation();
  const last = seen.timeline.at(-1)?.seq ?? 0;
  const between = now.timeline.filter((row) => row.seq > last);
  const isKnown = now.version !== seen.version;
  return (
    <div className="conflict" role="alert">
      <strong>! {t('cases.conflict')}</strong>
      {isKnown && (
        <>
          <table>
            <thead>
              <tr>
                <th scope="col" />
                <th scope="col">{t('cases.you_saw')}</th>
                <th scope="col">{t('cases.it_is')}</th>
              </tr>
            </thead>
            <tbody>
              <tr>
                <th scope="row">{t('cases.stage')}</th>
                <td><StageTag stage={seen.stage} /></td>
                <td><StageTag stage={now.stage} /></td>
              </tr>
              <tr>
                <th scope="row">{t('cases.owner')}</th>
                <td>{seen.owner.name}</td>
                <td>{now.owner.name}</td>
              </tr>
              <tr>
                <th scope="row">{t('cases.clocks')}</th>
                <td><Deadline promises={seen.promises} /></td>
                <td><Deadline promises={now.promises} /></td>
              </tr>
            </tbody>
          </table>
          <ul>
            {between.map((row) => (
              <li key={row.seq}>
                <At instant={row.at} /> {row.actor.label} {row.label} {row.text}
              </li>
            ))}
          </ul>
          {offered?.enabled ? (
            <Button size="small" onClick={onGoOn}>{t('cases.go_on')}</Button>
          ) : (
            <p>{offered?.reason ? t('cases.not_any_more_why', { why: offered.reason }) : t('cases.not_any_more')}</p>
          )}
        </>
      )}
    </div>
  );
}
