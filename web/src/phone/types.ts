// The server's shapes, by the names the phone pages use.

export interface Label { code: string; label: string }
export interface Page<T> { items: T[]; next_cursor?: string | null }
export interface Me {
  user?: { id: string; name: string } | null;
  posts: { role_label: string; area_name: string }[];
  csrf?: string;
  demo_accounts?: { name: string; password: string; label: string }[];
}
export interface PromiseRow { kind: string; due_at: string; state: string; paused: boolean }
export interface CaseRow {
  id: string; number: string; title: string; class: Label; place: string; stage: Label; severity: string; promises: PromiseRow[];
}
export interface ActionField { name: string; kind: string; label: string; required: boolean; choices: Label[] }
export interface Action { code: string; label: string; enabled: boolean; reason?: string | null; fields: ActionField[] }
export interface TimelineRow { at: string; actor: { label: string }; text: string; photos: { id: string; url: string; thumb_url: string }[] }
export interface CaseView extends CaseRow {
  text: string; version: number; owner?: { name: string; role: Label } | null;
  lon?: number | null; lat?: number | null; contact?: { phone?: string | null } | null;
  available_actions: Action[]; timeline: TimelineRow[]; evidence?: { sentence: string } | null; routing?: string | null; phrases?: string[];
}
export interface NoticeRow { id: string; title: string; body: string; at: string; seen_at?: string | null; case_id?: string | null }
export interface AreaRow { id: string; level: string; name: string; parent?: string | null }
export interface ClassTile { code: string; label: { zh: string; en: string }; danger: boolean; phrases: { zh: string; en: string }[] }
export interface CaseFiled { id: string; number: string; claim_code?: string | null }
