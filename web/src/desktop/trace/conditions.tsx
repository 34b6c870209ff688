// Every condition with its parts: what each says, whether it holds, and which of them decided.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { when } from '../../shared/format';
import { measureLabel } from '../parts/measure';
import { nameOf } from './graph';
import { TruthMark } from './truth';

type Signal = Shape['SignalView'];

export function Conditions({ signals }: { signals: Signal[] }) {
  const { t } = useTranslation();
  return (
    <div className="conditions">
      {signals.map((signal) => (
        <section key={signal.name}>
          <h3>{nameOf(signal, signals, t)}</h3>
          {signal.conditions.length === 0 && <p className="soft">{signal.steps.join(' ') || t('trace.no_conditions')}</p>}
          {signal.conditions.map((condition, n) => <Condition key={n} condition={condition} readsSignals={signal.reads.length > 0} />)}
          {signal.conditions.length > 0 && signal.steps.length > 0 && <p className="soft small">{signal.steps.join(' ')}</p>}
        </section>
      ))}
    </div>
  );
}

function Condition({ condition, readsSignals }: { condition: Shape['ConditionView']; readsSignals: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="condition">
      <p>
        <strong>{condition.field.label}</strong>{' '}
        <span className="soft small">
          {condition.at ? t('trace.asked_of', { what: measureLabel(condition.measure ?? ''), at: when(condition.at), device: condition.device }) : t(readsSignals ? 'trace.asked_of_signals' : 'trace.asked_of_none')}
        </span>
      </p>
      <ul>
        {condition.parts.map((part, n) => (
          <li key={n} style={{ paddingInlineStart: part.depth * 24 }} className={part.decides ? 'decided' : 'soft'}>
            <TruthMark truth={part.truth} /> {part.said}
            {part.decides && part.join === 'none' && <span className="stage open">{t('trace.decided')}</span>}
            <code>{part.text}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
