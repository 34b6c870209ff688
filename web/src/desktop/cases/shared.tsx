// What of a case others owe: a request for more time, tasks of co-handlers; and how long each step took.

import { useTranslation } from 'react-i18next';
import { span } from '../../shared/format';
import { At } from '../parts/at';
import { Clock } from '../parts/deadline';
import { PersonName } from '../parts/person-name';
import type { CaseView } from './use-case';

/** More time is asked for: how much, why, who decides until when. */
export function Asked({ view }: { view: CaseView }) {
  const { t } = useTranslation();
  const asked = view.extension;
  if (!asked) return null;
  return (
    <section className="asked" aria-label={t('cases.extension')}>
      <strong>{t('cases.extension_asked', { who: asked.asked_by, n: asked.amount, unit: asked.unit })}</strong>
      <p className="wrap">{asked.reason}</p>
      <p className="soft">
        {t('cases.extension_decider')} <PersonName name={asked.decider.name} role={asked.decider.role.label} />
        {asked.decide_by && <> · {t('cases.extension_by')} <At instant={asked.decide_by} /></>}
      </p>
    </section>
  );
}

/** Who helps with what, each with a clock of its own. */
export function Tasks({ view }: { view: CaseView }) {
  const { t } = useTranslation();
  if (view.tasks.length === 0) return null;
  return (
    <section>
      <h3>{t('cases.tasks', { n: view.tasks.length })}</h3>
      <ul className="tasks">
        {view.tasks.map((task) => (
          <li key={task.task} data-task={task.task}>
            <div className="row">
              <strong>{t('cases.task_no', { n: task.task })}</strong>
              <PersonName name={task.holder.name} role={`${task.holder.area.label} ${task.holder.role.label}`} />
              <span className="state">{task.state.label}</span>
              {task.promise && <Clock promise={task.promise} over={!['asked', 'accepted'].includes(task.state.code)} />}
            </div>
            <p className="wrap">{task.text}</p>
            {task.words && <p className="soft wrap">{task.words}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Time per step, by stage and level; names are not shown. */
export function Steps({ view }: { view: CaseView }) {
  const { t } = useTranslation();
  const steps = view.steps.filter((s) => s.minutes > 0 || s.to == null);
  if (steps.length === 0) return null;
  return (
    <details className="steps">
      <summary>{t('cases.steps')}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('cases.step_stage')}</th>
            <th scope="col">{t('cases.step_where')}</th>
            <th scope="col">{t('cases.step_from')}</th>
            <th scope="col">{t('cases.step_took')}</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={`${step.from} ${step.stage.code} ${step.area.code}`}>
              <td>{step.stage.label}</td>
              <td>{step.area.label} · {step.role.label}</td>
              <td><At instant={step.from} /></td>
              <td>{span(step.minutes * 60_000)}{step.to == null && ` · ${t('cases.step_now')}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
