// All keys of the desk, on one sheet.

import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';

const SHEET: [string, string[]][] = [
  ['next', ['J', '↓']],
  ['previous', ['K', '↑']],
  ['open', ['Enter']],
  ['search', ['/']],
  ['accept', ['A']],
  ['done', ['D']],
  ['verify', ['V']],
  ['merge', ['M']],
  ['reject', ['R']],
  ['wait', ['S']],
  ['note', ['N']],
  ['send', ['Ctrl ↵']],
  ['close', ['Esc']],
  ['help', ['?']],
];

export function KeysSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t('cases.keys_title')} width={420}>
      <dl className="keys-sheet">
        {SHEET.map(([what, signs]) => (
          <div key={what}>
            <dt>{signs.map((sign) => <kbd key={sign}>{sign}</kbd>)}</dt>
            <dd>{t(`cases.key.${what}`)}</dd>
          </div>
        ))}
      </dl>
      <p className="small soft">{t('cases.keys_more')}</p>
    </Modal>
  );
}
