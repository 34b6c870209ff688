// Other cases: those this one belongs with, those that may be the same matter, and what else happened at the place.

import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { At } from '../parts/at';
import { isOpen, StageTag } from '../parts/stage-tag';
import type { CaseView } from './use-case';

/** The case it was merged into, the one that looks for its cause, or the times it happened. */
export function Links({ view }: { view: CaseView }) {
  const { t } = useTranslation();
  const links = [...(view.merged_into ? [view.merged_into] : []), ...view.links];
  if (links.length === 0) return null;
  return (
    <section>
      <h3>{t('cases.links')}</h3>
      <ul className="nearby">
        {links.map((link) => (
          <li key={`${link.how.code}-${link.id}`}>
            <span className="soft">{link.how.label}</span>
            <Link to={`/cases/${link.id}`}>{link.number}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

type Near = CaseView['nearby'][number];

interface Props {
  view: CaseView;
  onMerge: (into: string) => void;
}

/** Repeats are seen before they are filed again; what may be the same matter is one tap from being merged. */
export function Nearby({ view, onMerge }: Props) {
  const { t } = useTranslation();
  const mayMerge = view.available_actions.some((a) => a.code === 'merge' && a.enabled);
  const alike = view.nearby.filter((one) => one.alike);
  const others = view.nearby.filter((one) => !one.alike);
  const row = (one: Near) => (
    <li key={one.id}>
      <At instant={one.opened_at} />
      <Link to={`/cases/${one.id}`}>{one.title}</Link>
      {one.alike && <span className="soft nowrap">{one.alike}</span>}
      {one.reporters_count > 1 && <span className="soft nowrap">{t('cases.reporters_n', { n: one.reporters_count })}</span>}
      {mayMerge && isOpen(one.stage) && (
        <Button size="small" type={one.alike ? 'default' : 'link'} onClick={() => onMerge(one.id)}>{t('cases.merge_into')}</Button>
      )}
      <StageTag stage={one.stage} />
    </li>
  );
  return (
    <>
      {alike.length > 0 && (
        <section className="alike">
          <h3>{t('cases.alike', { n: alike.length })}</h3>
          <ul className="nearby">{alike.map(row)}</ul>
        </section>
      )}
      {others.length > 0 && (
        <section>
          <h3>{t('cases.nearby', { n: others.length })}</h3>
          <ul className="nearby">{others.map(row)}</ul>
        </section>
      )}
    </>
  );
}
