// Why a rule says what it says about something: the sentence, the drawing, and three tabs behind it.

import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { when } from '../../shared/format';
import { Conditions } from './conditions';
import { RuleGraph } from './graph';
import { Readings } from './readings';
import { TruthMark } from './truth';
import { Variables } from './variables';
import './trace.css';

type Explained = Shape['ExplainView'];

interface Props {
  explained: Explained;
  told?: { start: string; end: string | null };
}

export function Verdict({ explained }: { explained: Explained }) {
  const { t } = useTranslation();
  const truth = explained.verdict === 'holds' ? true : explained.verdict === 'does_not' || explained.verdict === 'not_told' ? false : null;
  return (
    <div className="verdict" role="status">
      <p className="sentence">
        <TruthMark truth={truth} /> {explained.sentence}
      </p>
      {explained.why_not && <p className="why-not"><strong>{t('trace.because')}</strong> {explained.why_not}</p>}
      {explained.deadline && explained.verdict !== 'holds' && <p className="soft">{t('trace.would_hold', { at: when(explained.deadline) })}</p>}
    </div>
  );
}

export function ExplainedView({ explained, told }: Props) {
  const { t } = useTranslation();
  if (explained.signals.length === 0) return null;
  return (
    <>
      <RuleGraph explained={explained} />
      <Tabs
        items={[
          { key: 'conditions', label: t('trace.tab_conditions'), children: <Conditions signals={explained.signals} /> },
          { key: 'variables', label: t('trace.tab_variables'), children: <Variables explained={explained} /> },
          { key: 'readings', label: t('trace.tab_readings'), children: <Readings explained={explained} told={told} /> },
        ]}
      />
    </>
  );
}
