// Routing rules: which version is on, what each says in a sentence, how a draft would have done over old cases.

import { useQuery } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import { EmptyWhy } from '../parts/empty-why';
import { Page } from '../parts/frame';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import { Draft } from './draft';
import { Replay } from './replay';
import { SwitchButton } from './switch';
import { Tiers } from './tiers';
import '../pages.css';
import './routing.css';

export type Routing = Shape['RoutingView'];
export type Version = Shape['RoutingVersionView'];

export default function RoutingPage() {
  const { t } = useTranslation();
  const [writing, setWriting] = useState<string | null>(null);
  const routing = useQuery({ queryKey: ['routing'], queryFn: () => ask(api.GET('/api/v1/routing')) });
  const on = routing.data?.versions.find((v) => v.is_on);
  const may = routing.data?.may_change ?? false;
  const write = () => setWriting((on ?? routing.data?.versions[0])?.text ?? t('routing.template'));
  return (
    <Page title={t('routing.title')} narrow actions={may && writing === null && <Button type="primary" onClick={write}>{t('routing.write')}</Button>}>
      <p className="soft">{t('routing.about')}</p>
      {routing.isPending && <Loading />}
      {routing.error && <ProblemView fault={routing.error} onAgain={() => void routing.refetch()} />}
      {writing !== null && <Draft text={writing} onClose={() => setWriting(null)} />}
      {routing.data && (
        <>
          <div className="routing-now">
            <strong>{on ? t('routing.on_now', { n: on.version }) : t('routing.none_on')}</strong>
            {may && on && <SwitchButton version={null} label={t('routing.off')} confirm={t('routing.off_sure')} />}
          </div>
          {routing.data.versions.length === 0 && <EmptyWhy why={t('routing.none')} more={t('routing.none_more')} />}
          {routing.data.versions.map((version) => (
            <One key={version.version} version={version} may={may} />
          ))}
        </>
      )}
      <Tiers />
    </Page>
  );
}

function One({ version, may }: { version: Version; may: boolean }) {
  const { t } = useTranslation();
  return (
    <section className="version" aria-label={t('routing.version', { n: version.version })} data-version={version.version}>
      <header className="row">
        <h3>{t('routing.version', { n: version.version })}</h3>
        <Tag>{version.is_on ? `● ${t('routing.is_on')}` : version.on_since ? t('routing.was_on') : t('routing.is_draft')}</Tag>
        <span className="soft">{version.made_by} · <At instant={version.made_at} /></span>
        {may && !version.is_on && (
          <SwitchButton
            version={version.version}
            label={version.on_since ? t('routing.back') : t('routing.switch_on')}
            confirm={t('routing.on_sure', { n: version.version })}
          />
        )}
      </header>
      {version.note && <p className="wrap">{version.note}</p>}
      {version.unknown.length > 0 && (
        <ul className="mistakes" aria-label={t('routing.unknown')}>
          {version.unknown.map((line) => <li key={line}>! {line}</li>)}
        </ul>
      )}
      {version.rules.length === 0 ? <p className="soft">{t('routing.no_rules')}</p> : (
        <table className="lines">
          <thead>
            <tr>
              <th scope="col">{t('routing.rule')}</th>
              <th scope="col">{t('routing.when')}</th>
              <th scope="col">{t('routing.who')}</th>
            </tr>
          </thead>
          <tbody>
            {version.rules.map((rule) => (
              <tr key={rule.code}>
                <td>{rule.label}</td>
                <td>{rule.when}</td>
                <td>{rule.who}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Replay version={version.version} />
    </section>
  );
}
