// One case on a phone: place, what, by when; then what this person may do next, as the server says.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { read, Refused } from '../api';
import { go } from '../route';
import type { Action, CaseView } from '../types';
import { ActionForm, type Values } from '../ui/action-form';
import { Deadline } from '../ui/deadline';
import { Button, Card, Loading, Trouble } from '../ui/parts';
import { PhotoField } from '../ui/photo-field';
import { Timeline } from '../ui/timeline';
import { say, when } from '../words';

/** What gets a button of its own; the rest stands under "other actions". */
const FIRST = ['accept', 'accept_task', 'do_task', 'start', 'resume', 'verify', 'answer', 'call_back', 'propose_done', 'review_return', 'review_uphold'];
/** Actions that need a list only the desktop shows. */
const DESKTOP_ONLY = ['reassign', 'merge', 'invite', 'grant_extension', 'refuse_extension'];

export function CasePage({ id }: { id: string }) {
  const client = useQueryClient();
  const shown = useQuery({ queryKey: ['case', id], queryFn: () => read<CaseView>(`/cases/${id}`) });
  const [said, setSaid] = useState('');
  const done = (answer: CaseView | null) => {
    if (answer) client.setQueryData(['case', id], { body: answer });
    void client.invalidateQueries({ queryKey: ['cases'] });
    setSaid(answer ? `✓ ${say('sent')}` : `↑ ${say('kept_waiting')}`);
  };
  const stale = async () => {
    await client.invalidateQueries({ queryKey: ['case', id] });
    setSaid(say('stale'));
  };
  if (shown.isPending) return <Loading />;
  if (shown.isError) return <NotShown fault={shown.error} />;
  const { body: view, keptAt } = shown.data;
  return (
    <main>
      <Button kind="plain" onClick={() => go({ page: 'todo' })}>← {say('back')}</Button>
      {keptAt && <p className="hint">{say('from_memory', when(keptAt))}</p>}
      {said && <p className="notice-good" role="status">{said}</p>}
      <TaskCard view={view} />
      <HelpAsked view={view} />
      <Actions view={view} onDone={done} onStale={() => void stale()} />
      <Linked view={view} />
      <Why view={view} />
      <Timeline view={view} />
    </main>
  );
}

function NotShown({ fault }: { fault: Error }) {
  const status = fault instanceof Refused ? fault.problem.status : 0;
  const words = status === 403 ? say('forbidden') : status === 404 ? say('not_found') : say('failed', fault.message);
  return (
    <main>
      <Trouble>{words}</Trouble>
      <Button kind="quiet" onClick={() => go({ page: 'todo' })}>{say('back')}</Button>
    </main>
  );
}

function TaskCard({ view }: { view: CaseView }) {
  return (
    <>
      <h1>
        {view.class.label} · {view.place}
      </h1>
      <p>{words(view)}</p>
      {view.redrawn && <p className="hint">{say('redrawn', `${view.redrawn.was.label} → ${view.redrawn.now.label}`)}</p>}
      <dl className="facts">
        <dt>{say('by_when')}</dt>
        <dd>
          <span className="stage">{view.stage.label}</span> <Deadline promises={view.promises} />
        </dd>
        <dt>{say('owner')}</dt>
        <dd>
          {view.owner.name} · {view.owner.role.label}
        </dd>
      </dl>
      <div className="pair">
        {view.contact?.phone && (
          <a className="button quiet" href={`tel:${view.contact.phone}`}>
            {say('call')}
          </a>
        )}
        {view.lon != null && view.lat != null && (
          <a className="button quiet" href={`geo:${view.lat},${view.lon}?q=${view.lat},${view.lon}(${encodeURIComponent(view.place)})`}>
            {say('navigate')}
          </a>
        )}
      </div>
    </>
  );
}

/** What co-handlers were asked to do: on a phone, what is still open. */
function HelpAsked({ view }: { view: CaseView }) {
  const open = view.tasks.filter((task) => ['asked', 'accepted'].includes(task.state.code));
  if (open.length === 0) return null;
  return (
    <section className="card" aria-label={say('tasks')}>
      <h2>{say('tasks')}</h2>
      {open.map((task) => (
        <div key={task.task}>
          <p>{task.text}</p>
          <p className="hint">
            {task.holder.name} · {task.state.label} {task.promise && <Deadline promises={[task.promise]} />}
          </p>
        </div>
      ))}
    </section>
  );
}

/** The title is often the beginning of the text, or the class; nothing is said twice. */
function words({ title, text, class: { label } }: CaseView): string {
  return title === label || text.startsWith(title) ? text : `${title} ${text}`;
}

interface ActionsProps {
  view: CaseView;
  onDone: (answer: CaseView | null) => void;
  onStale: () => void;
}

function Actions({ view, onDone, onStale }: ActionsProps) {
  const [open, setOpen] = useState<{ action: Action; photos: Blob[]; given?: Values } | null>(null);
  const offered = view.available_actions.filter((a) => !DESKTOP_ONLY.includes(a.code));
  const enabled = offered.filter((a) => a.enabled);
  const first = enabled.filter((a) => FIRST.includes(a.code));
  const note = enabled.filter((a) => a.code === 'note');
  const other = enabled.filter((a) => !FIRST.includes(a.code) && a.code !== 'note');
  const refused = offered.filter((a) => !a.enabled && FIRST.includes(a.code));
  const close = () => setOpen(null);
  const merge = view.available_actions.find((a) => a.code === 'merge' && a.enabled);
  const alike = view.nearby.filter((one) => one.alike);
  if (open) {
    return (
      <ActionForm
        key={open.action.code}
        view={view}
        action={open.action}
        photos={open.photos}
        given={open.given}
        onCancel={close}
        onDone={(answer) => {
          close();
          onDone(answer);
        }}
        onStale={() => {
          close();
          onStale();
        }}
      />
    );
  }
  return (
    <section aria-label={say('more_actions')}>
      {first.map((action) => (
        <ActionButton key={action.code} action={action} onOpen={(photos) => setOpen({ action, photos })} />
      ))}
      {note.map((action) => (
        <Button key={action.code} kind="quiet" onClick={() => setOpen({ action, photos: [] })}>
          {action.label}
        </Button>
      ))}
      {other.length > 0 && (
        <details className="more">
          <summary>{say('more_actions')}</summary>
          {other.map((action) => (
            <Button key={action.code} kind="quiet" onClick={() => setOpen({ action, photos: [] })}>
              {action.label}
            </Button>
          ))}
        </details>
      )}
      {merge && alike.length > 0 && (
        <details className="more" open>
          <summary>{say('alike_case')}</summary>
          {alike.map((one) => (
            <Card key={one.id}>
              <strong>{one.title}</strong>
              <p className="hint">{[one.place, one.alike, one.stage.label].join(' · ')}</p>
              <Button kind="quiet" onClick={() => setOpen({ action: merge, photos: [], given: { into: one.id } })}>{say('merge_here')}</Button>
            </Card>
          ))}
        </details>
      )}
      {enabled.length === 0 && <p className="hint">{say('no_actions')}</p>}
      {refused.map((action) => (
        <div key={action.code}>
          <Button kind="quiet" disabled>{action.label}</Button>
          <p className="hint">{say('not_now', action.reason ?? '')}</p>
        </div>
      ))}
    </section>
  );
}

/** Done means a photo: the camera opens with the same tap. */
function ActionButton({ action, onOpen }: { action: Action; onOpen: (photos: Blob[]) => void }) {
  const needsPhoto = action.fields.some((f) => f.kind === 'photos' && f.required);
  if (needsPhoto) return <PhotoField photos={[]} label={action.label} onChange={onOpen} />;
  return <Button onClick={() => onOpen([])}>{action.label}</Button>;
}

/** The case it was merged into, and those it belongs with. */
function Linked({ view }: { view: CaseView }) {
  const links = [...(view.merged_into ? [view.merged_into] : []), ...view.links];
  if (links.length === 0) return null;
  return (
    <section aria-label={say('links')}>
      {links.map((link) => (
        <Button key={link.id} kind="quiet" onClick={() => go({ page: 'case', id: link.id })}>
          {link.how.label} {link.number}
        </Button>
      ))}
    </section>
  );
}

function Why({ view }: { view: CaseView }) {
  const sentence = view.evidence?.sentence;
  if (!sentence && !view.routing) return null;
  return (
    <details className="more why">
      <summary>{say('why')}</summary>
      {sentence && <p>{sentence}</p>}
      {view.routing && <p className="hint">{view.routing}</p>}
    </details>
  );
}
