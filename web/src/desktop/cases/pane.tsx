// One case: what it is and until when, what this person may do now, why it exists, what has happened.

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { At } from '../parts/at';
import { usePageTitle } from '../parts/frame';
import { when } from '../../shared/format';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import { Actions } from './actions';
import { ActionForm } from './action-form';
import { Evidence } from './evidence';
import { Head } from './head';
import { Links, Nearby } from './others';
import { PhotoPairs } from './photos';
import { Reporters } from './reporters';
import { Asked, Steps, Tasks } from './shared';
import { Timeline } from './timeline';
import { useRule } from './evidence';
import { useCase, type Action, type CaseView, type Values } from './use-case';

interface Props {
  id: string;
  /** At its own address, without the list. */
  alone?: boolean;
  /** Something was done with it. */
  onDone?: () => void;
}

export function CasePane({ id, alone = false, onDone }: Props) {
  const found = useCase(id);
  if (found.isPending) return <Loading />;
  if (!found.data) return <ProblemView fault={found.error} onAgain={() => void found.refetch()} />;
  return <Shown view={found.data} alone={alone} onDone={onDone} />;
}

interface Open {
  action: Action;
  /** The case as the person saw it when the form was opened. */
  seen: CaseView;
  /** What is filled in already. */
  values?: Values;
}

function Shown({ view, alone, onDone }: { view: CaseView; alone: boolean; onDone?: () => void }) {
  const [open, setOpen] = useState<Open | null>(null);
  const [said, setSaid] = useState('');
  return (
    <article className="case">
      {alone && <Titled view={view} />}
      <Head view={view} alone={alone} />
      <Actions
        view={view}
        open={open?.action.code ?? null}
        onOpen={(action) => {
          setSaid('');
          setOpen({ action, seen: view });
        }}
        onClose={() => setOpen(null)}
      />
      {said && <p className="said" role="status">✓ {said}</p>}
      {open && (
        <ActionForm
          key={`${open.action.code} ${String(open.values?.into ?? '')}`}
          action={open.action}
          seen={open.seen}
          now={view}
          values={open.values}
          onClose={() => setOpen(null)}
          onDone={() => {
            setSaid(open.action.label);
            setOpen(null);
            if (open.action.code !== 'note') onDone?.();
          }}
        />
      )}
      <Asked view={view} />
      <Tasks view={view} />
      <Facts view={view} />
      <PhotoPairs photos={view.photos} />
      {view.evidence && <Evidence evidence={view.evidence} />}
      <Steps view={view} />
      <Timeline view={view} />
      <Links view={view} />
      <Nearby
        view={view}
        onMerge={(into) => {
          const action = view.available_actions.find((a) => a.code === 'merge');
          if (action) setOpen({ action, seen: view, values: { into } });
        }}
      />
    </article>
  );
}

function Titled({ view }: { view: CaseView }) {
  usePageTitle(view.number);
  return null;
}

/** What was said, answered and rated; who reported, masked. */
function Facts({ view }: { view: CaseView }) {
  const { t } = useTranslation();
  const rule = useRule(view.evidence?.rule);
  return (
    <dl className="facts">
      <dt>{t('cases.what')}</dt>
      <dd className="wrap">{view.text || view.title}</dd>
      <dt>{t('cases.origin')}</dt>
      <dd>
        {view.evidence ? t('cases.found_by', { rule: rule?.name ?? view.evidence.rule }) : view.origin.label}
        <span className="soft"> · <At instant={view.opened_at} /></span>
      </dd>
      {view.order && (
        <>
          <dt>{t('cases.order')}</dt>
          <dd>
            {view.order.number}
            <span className="soft"> · {view.order.kind.label} · {t('cases.order_given', { at: when(view.order.received_at) })}</span>
          </dd>
        </>
      )}
      {view.redrawn && (
        <>
          <dt>{t('cases.redrawn')}</dt>
          <dd>{t('cases.redrawn_since', { was: view.redrawn.was.label, now: view.redrawn.now.label, since: view.redrawn.since })}</dd>
        </>
      )}
      <Reporters view={view} />
      <dt>{t('cases.routing')}</dt>
      <dd>{view.routing}</dd>
      {view.class_levels.length > 0 && (
        <>
          <dt>{t('cases.levels')}</dt>
          <dd>
            {[...view.class_levels, view.class.label].join(' › ')}
            <span className="soft"> · {t('cases.table_version', { n: view.class_version })}</span>
          </dd>
        </>
      )}
      {view.passed_to && (
        <>
          <dt>{t('cases.passed_to')}</dt>
          <dd>{view.passed_to}</dd>
        </>
      )}
      {view.closed_how && (
        <>
          <dt>{t('cases.closed_how')}</dt>
          <dd>{view.closed_how.label}</dd>
        </>
      )}
      {view.answer && (
        <>
          <dt>{t('cases.answer')}</dt>
          <dd className="wrap public">{view.answer}</dd>
        </>
      )}
      {view.ratings.map((rating) => (
        <Rating key={rating.at} rating={rating} />
      ))}
    </dl>
  );
}

function Rating({ rating }: { rating: CaseView['ratings'][number] }) {
  const { t } = useTranslation();
  const solved = rating.solved == null ? '' : rating.solved ? t('cases.solved') : t('cases.not_solved');
  return (
    <>
      <dt>{t('cases.rating')}</dt>
      <dd>
        {[rating.satisfied.label, solved, rating.by_call ? t('cases.by_call') : '', rating.words].filter(Boolean).join(' · ')}
        <span className="soft"> · <At instant={rating.at} /></span>
      </dd>
    </>
  );
}
