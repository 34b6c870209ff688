// What this person may do now, as the server says; what may not be done says why. Nothing here knows a rule of casework.

import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import { useKeys } from '../../shared/keys/use-keys';
import type { Action, CaseView } from './use-case';

/** One key, one outcome; where several actions share a key, the first that is offered and open takes it. */
const KEYS: [string, string, string[]][] = [
  ['KeyA', 'A', ['accept', 'start', 'resume', 'reassign']],
  ['KeyD', 'D', ['propose_done']],
  ['KeyV', 'V', ['verify', 'answer', 'call_back', 'review_uphold']],
  ['KeyM', 'M', ['merge', 'unmerge']],
  ['KeyR', 'R', ['reject', 'review_return']],
  ['KeyS', 'S', ['wait']],
  ['KeyN', 'N', ['note']],
];
/** The next step of somebody; the rest stands behind "more". */
const NEXT = ['accept', 'start', 'resume', 'propose_done', 'verify', 'answer', 'call_back', 'review_uphold', 'review_return', 'come_back', 'accept_task', 'do_task', 'grant_extension'];
const BESIDE = ['refuse_extension', 'reassign', 'merge', 'unmerge', 'reject', 'wait', 'ask_extension', 'invite', 'note'];

/** Decisions of the level above: offered to it, not missed by others. */
const OF_OTHERS = ['grant_extension', 'refuse_extension'];

interface Props {
  view: CaseView;
  open: string | null;
  onOpen: (action: Action) => void;
  onClose: () => void;
}

export function Actions({ view, open, onOpen, onClose }: Props) {
  const { t } = useTranslation();
  const offered = view.available_actions;
  const enabled = offered.filter((a) => a.enabled);
  const keyed = KEYS.map(([code, sign, names]) => ({ code, sign, action: names.map((n) => enabled.find((a) => a.code === n)).find(Boolean) }));
  const signOf = (action: Action) => keyed.find((k) => k.action === action)?.sign;
  const keys = Object.fromEntries(keyed.flatMap(({ code, action }) => (action ? [[code, () => onOpen(action)]] : [])));
  useKeys({ ...keys, Escape: onClose });

  const next = enabled.filter((a) => NEXT.includes(a.code));
  const beside = BESIDE.flatMap((code) => enabled.filter((a) => a.code === code));
  const more = enabled.filter((a) => !NEXT.includes(a.code) && !BESIDE.includes(a.code));
  // What is somebody else's to do is not explained to everybody.
  const refused = offered.filter((a) => !a.enabled && !OF_OTHERS.includes(a.code));
  const reasons = [...new Set(refused.map((a) => a.reason ?? ''))].filter(Boolean);
  if (offered.length === 0) return <p className="soft no-actions">{t('cases.no_actions')}</p>;
  const button = (action: Action, primary: boolean) => (
    <Button key={action.code} type={primary ? 'primary' : 'default'} aria-expanded={open === action.code} data-action={action.code} onClick={() => onOpen(action)}>
      {action.label}
      {signOf(action) && <kbd aria-hidden="true">{signOf(action)}</kbd>}
    </Button>
  );
  return (
    <div className="actions" role="group" aria-label={t('cases.actions')}>
      <div className="row">
        {next.map((a) => button(a, true))}
        {beside.map((a) => button(a, false))}
        {more.length > 0 && (
          <Dropdown trigger={['click']} menu={{ items: more.map((a) => ({ key: a.code, label: a.label, onClick: () => onOpen(a) })) }}>
            <Button>{t('cases.more_actions')}</Button>
          </Dropdown>
        )}
      </div>
      {reasons.map((reason) => (
        <p key={reason} className="small soft not-now">
          {t('cases.not_now', { what: refused.filter((a) => a.reason === reason).map((a) => a.label).join(t('cases.list')), why: reason })}
        </p>
      ))}
    </div>
  );
}
