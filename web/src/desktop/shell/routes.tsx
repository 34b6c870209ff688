// The pages, by address and by the section the server opens to a person. Each is a chunk of its own.

import {
  AlertOutlined, AuditOutlined, BarChartOutlined, BranchesOutlined, ControlOutlined, EnvironmentOutlined, FormOutlined, IdcardOutlined, ImportOutlined,
  InboxOutlined, MailOutlined, NotificationOutlined, ScheduleOutlined, TeamOutlined, UnorderedListOutlined,
} from '@ant-design/icons';
import { lazy, type ComponentType, type LazyExoticComponent, type ReactNode } from 'react';

const pages = import.meta.glob<{ default: ComponentType }>(['../*/page.tsx', '!../setup/page.tsx']);

function page(folder: string): LazyExoticComponent<ComponentType> | null {
  const load = pages[`../${folder}/page.tsx`];
  return load ? lazy(load) : null;
}

export interface Route {
  path: string;
  /** As the server names it in `sections`. */
  section: string;
  Page: LazyExoticComponent<ComponentType> | null;
  /** Set when the page stands in the menu. */
  menu?: { icon: ReactNode; group: 'work' | 'look' | 'keep' };
}

const cases = page('cases');
const devices = page('devices');
const pushes = page('pushes');

const all: Route[] = [
  { path: '/cases', section: 'cases', Page: cases, menu: { icon: <UnorderedListOutlined />, group: 'work' } },
  { path: '/cases/:id', section: 'cases', Page: cases },
  { path: '/file', section: 'file_case', Page: page('file'), menu: { icon: <FormOutlined />, group: 'work' } },
  { path: '/pushes', section: 'pushes', Page: pushes, menu: { icon: <NotificationOutlined />, group: 'work' } },
  { path: '/pushes/:id', section: 'pushes', Page: pushes },
  { path: '/map', section: 'map', Page: page('map'), menu: { icon: <EnvironmentOutlined />, group: 'look' } },
  { path: '/indicators', section: 'indicators', Page: page('indicators'), menu: { icon: <BarChartOutlined />, group: 'look' } },
  { path: '/devices', section: 'devices', Page: devices, menu: { icon: <AlertOutlined />, group: 'look' } },
  { path: '/devices/:id', section: 'devices', Page: devices },
  { path: '/quarantine', section: 'quarantine', Page: page('quarantine'), menu: { icon: <InboxOutlined />, group: 'look' } },
  { path: '/persons', section: 'persons', Page: page('persons'), menu: { icon: <IdcardOutlined />, group: 'look' } },
  { path: '/rules', section: 'rules', Page: page('rules'), menu: { icon: <ControlOutlined />, group: 'keep' } },
  { path: '/rules/:rule', section: 'rules', Page: page('rule') },
  { path: '/routing', section: 'routing', Page: page('routing'), menu: { icon: <BranchesOutlined />, group: 'keep' } },
  { path: '/duty', section: 'duty', Page: page('duty'), menu: { icon: <ScheduleOutlined />, group: 'keep' } },
  { path: '/why', section: 'rules', Page: page('why') },
  { path: '/findings/:id', section: 'cases', Page: page('trace') },
  { path: '/users', section: 'users', Page: page('users'), menu: { icon: <TeamOutlined />, group: 'keep' } },
  { path: '/imports', section: 'imports', Page: page('imports'), menu: { icon: <ImportOutlined />, group: 'keep' } },
  { path: '/deliveries', section: 'deliveries', Page: page('deliveries'), menu: { icon: <MailOutlined />, group: 'keep' } },
  { path: '/log', section: 'access_log', Page: page('log'), menu: { icon: <AuditOutlined />, group: 'keep' } },
];

export const routes = all.filter((r) => r.Page !== null);
