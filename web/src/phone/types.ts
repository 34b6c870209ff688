// The server's shapes, by the names the phone pages use.

export interface Label {
  code: string;
  label: string;
}
export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}
export interface Me {
  user?: { id: string; name: string } | null;
  posts: { role_label: string; area_name: string }[];
  csrf?: string;
  demo_accounts?: { name: string; password: string; label: string }[];
  now: string;
}
export interface PromiseRow {
  kind: string;
  label: string;
  due_at: string;
  state: string;
  tone: string;
  paused: boolean;
}
export interface CaseRow {
  id: string;
  number: string;
  title: string;
  class: Label;
  place: string;
  stage: Label;
  severity: Label;
  owner: { name: string; role: Label };
  promises: PromiseRow[];
  lon?: number | null;
  lat?: number | null;
  version: number;
}
export interface ActionField {
  name: string;
  kind: string;
  label: string;
  required: boolean;
  choices: Label[];
  /** Asked only where another field has this value. */
  only_with?: { field: string; value: string } | null;
}
export interface Action {
  code: string;
  label: string;
  enabled: boolean;
  reason?: string | null;
  /** What is wanted before this may be said. */
  hint?: string | null;
  fields: ActionField[];
}
export interface TimelineRow {
  seq: number;
  at: string;
  actor: { label: string };
  kind: string;
  label: string;
  text: string;
  photos: { id: string; url: string; thumb_url: string }[];
  audience: string;
}
export interface TaskRow {
  task: number;
  text: string;
  holder: { name: string };
  state: Label;
  promise?: PromiseRow | null;
}
export interface CaseView extends CaseRow {
  text: string;
  redrawn?: { was: Label; now: Label; since: string } | null;
  tasks: TaskRow[];
  routing: string;
  available_actions: Action[];
  timeline: TimelineRow[];
  evidence?: { sentence: string } | null;
  phrases: string[];
  contact?: { phone?: string | null } | null;
  nearby: NearbyRow[];
  links: LinkRow[];
  merged_into?: LinkRow | null;
}
export interface NearbyRow {
  id: string;
  number: string;
  title: string;
  place: string;
  stage: Label;
  reporters_count: number;
  /** Why it may be the same matter; none where it only lies near. */
  alike?: string | null;
}
export interface LinkRow {
  id: string;
  number: string;
  how: Label;
}
export interface NoticeRow {
  id: string;
  title: string;
  body: string;
  severity: string;
  at: string;
  seen_at?: string | null;
  case_id?: string | null;
  push_id?: string | null;
}
export interface MyPush {
  id: string;
  text: string;
  urgent: boolean;
  area_name: string;
  sender_name: string;
  at: string;
  reply?: Label | null;
  called?: string | null;
}
export interface MyWays {
  email: string;
  urgent_mail: boolean;
  /** `inbox`, `mail` or `digest`. */
  rest: string;
}
export interface AreaRow {
  id: string;
  level: string;
  name: string;
  parent?: string | null;
}
export interface ClassTile {
  code: string;
  label: string;
  danger: boolean;
}
export interface CaseFiled {
  id: string;
  number: string;
  claim_code?: string | null;
}
