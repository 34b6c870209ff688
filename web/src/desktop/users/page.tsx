// Users and posts: who works here, as what and where. A first password is shown once.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input, Table, Tag } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { EmptyWhy } from '../parts/empty-why';
import { Page } from '../parts/frame';
import { ProblemView, saidOf } from '../parts/problem-view';
import '../pages.css';

// Dialogs come when they are opened.
const AddUser = lazy(() => import('./add-user'));
const AddPost = lazy(() => import('./add-post'));
const NewPassword = lazy(() => import('./new-password'));

type Row = Shape['UserRow'];

export default function UsersPage() {
  const { t } = useTranslation();
  const [sought, setSought] = useState('');
  const [adding, setAdding] = useState(false);
  const [posting, setPosting] = useState<Row | null>(null);
  const [resetting, setResetting] = useState<Row | null>(null);
  const users = useQuery({ queryKey: ['users'], queryFn: () => ask(api.GET('/api/v1/users')) });
  const wanted = sought.trim().toLowerCase();
  const rows = (users.data ?? []).filter((u) => wanted === '' || [u.name, u.login, ...u.posts.map((p) => p.area_name + p.role_label)].some((text) => text.toLowerCase().includes(wanted)));
  return (
    <Page title={t('users.title')} actions={<Button type="primary" onClick={() => setAdding(true)}>{t('users.add')}</Button>}>
      <div className="tools">
        <Input.Search allowClear value={sought} onChange={(e) => setSought(e.target.value)} placeholder={t('users.search')} aria-label={t('users.search')} style={{ width: 280 }} />
      </div>
      {users.error && <ProblemView fault={users.error} onAgain={() => void users.refetch()} />}
      <Table<Row>
        size="small"
        className="stack"
        rowKey="id"
        dataSource={rows}
        loading={users.isPending}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <EmptyWhy why={wanted ? t('users.none_found') : t('users.none')} next={wanted ? { label: t('users.show_all'), do: () => setSought('') } : undefined} /> }}
        columns={[
          { title: t('users.name'), render: (_, u) => <><span className={u.disabled ? 'soft' : ''}>{u.name}</span>{u.disabled && <Tag style={{ marginInlineStart: 8 }}>{t('users.disabled')}</Tag>}</> },
          { title: t('users.login'), dataIndex: 'login', render: (login: string) => <code>{login}</code> },
          { title: t('users.posts'), render: (_, u) => <Posts user={u} /> },
          { title: t('users.action'), render: (_, u) => <Actions user={u} onPost={() => setPosting(u)} onPassword={() => setResetting(u)} /> },
        ]}
      />
      <Suspense>
        {adding && <AddUser onClose={() => setAdding(false)} />}
        {posting && <AddPost user={posting} onClose={() => setPosting(null)} />}
        {resetting && <NewPassword user={resetting} onClose={() => setResetting(null)} />}
      </Suspense>
    </Page>
  );
}

/** Posts as role · area; ending one is asked for by name. */
function Posts({ user }: { user: Row }) {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: (id: string) => ask(api.DELETE('/api/v1/posts/{id}', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['users'] }),
    onError: (fault) => void message.error(saidOf(fault, t)),
  });
  const sure = (post: Shape['MyPost']) =>
    modal.confirm({
      title: t('users.end_post', { name: user.name, post: `${post.area_name} · ${post.role_label}` }),
      content: t('users.end_post_more'),
      okText: t('users.end'),
      okButtonProps: { danger: true },
      onOk: () => end.mutateAsync(post.id).catch(() => undefined),
    });
  if (user.posts.length === 0) return <span className="soft">{t('users.no_post')}</span>;
  return (
    <ul className="plain">
      {user.posts.map((post) => (
        <li key={post.id} className="nowrap">
          {[post.role_label, post.area_name].filter(Boolean).join(' · ')}
          <Button type="link" size="small" aria-label={t('users.end_post', { name: user.name, post: `${post.area_name} · ${post.role_label}` })} onClick={() => void sure(post)}>{t('users.end')}</Button>
        </li>
      ))}
    </ul>
  );
}

function Actions({ user, onPost, onPassword }: { user: Row; onPost: () => void; onPassword: () => void }) {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const client = useQueryClient();
  const set = useMutation({
    mutationFn: (disabled: boolean) => ask(api.POST('/api/v1/users/{id}/access', { params: { path: { id: user.id } }, body: { disabled } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['users'] }),
    onError: (fault) => void message.error(saidOf(fault, t)),
  });
  const bar = () =>
    modal.confirm({ title: t('users.disable_who', { name: user.name }), content: t('users.disable_more'), okText: t('users.disable'), okButtonProps: { danger: true }, onOk: () => set.mutateAsync(true).catch(() => undefined) });
  return (
    <span className="nowrap">
      <Button type="link" size="small" onClick={onPost}>{t('users.add_post')}</Button>
      <Button type="link" size="small" onClick={onPassword}>{t('users.new_password')}</Button>
      {user.disabled ? (
        <Button type="link" size="small" loading={set.isPending} onClick={() => set.mutate(false)}>{t('users.enable')}</Button>
      ) : (
        <Button type="link" size="small" danger loading={set.isPending} onClick={() => void bar()}>{t('users.disable')}</Button>
      )}
    </span>
  );
}
