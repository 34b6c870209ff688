// What the phone pages say, both languages side by side so that neither can be forgotten.

import { now as serverNow } from './clock';

const words = {
  product: ['邻里', 'Linli'],
  loading: ['正在打开…', 'Opening…'],
  // Sign in
  sign_in: ['登录', 'Sign in'],
  name: ['账号', 'Account'],
  password: ['密码', 'Password'],
  demo_as: ['演示账号，点一下就进去', 'Demo accounts, one tap signs in'],
  signed_out: ['登录已过期，请重新登录。没传完的还在这台手机上。', 'Your session has ended. Sign in again; what is not yet uploaded is still on this phone.'],
  sign_out: ['退出登录', 'Sign out'],
  sign_out_waiting: ['还有 {} 件没上传。退出后它们留在这台手机上，您再登录时继续上传。', '{} items are not uploaded. They stay on this phone and go on when you sign in again.'],
  // Tabs
  tab_todo: ['待办', 'To do'],
  tab_inbox: ['通知', 'Notices'],
  tab_report: ['上报', 'Report'],
  tab_me: ['我的', 'Me'],
  unseen: ['{} 条未看', '{} unseen'],
  // To do
  photo_report: ['拍照上报', 'Photo report'],
  mine: ['等我办的', 'Waiting for me'],
  to_check: ['等核查的', 'To be checked'],
  involved: ['我辖区的', 'In my area'],
  nothing_todo: ['没有等您办的事。有新的会马上出现在这里。', 'Nothing waits for you. New tasks appear here at once.'],
  nothing_involved: ['辖区里还没有案件。', 'There is no case in your area yet.'],
  nothing_inbox: ['没有通知。', 'No notices.'],
  new_notice: ['新通知：{}', 'New: {}'],
  mark_seen: ['知道了', 'Seen'],
  all_shown: ['都在这里了', 'That is all'],
  more: ['再看一些', 'Show more'],
  overdue: ['已超时 {}', 'Overdue by {}'],
  left: ['剩 {}', '{} left'],
  paused: ['计时暂停', 'Clock stopped'],
  no_promise: ['还没有时限', 'No deadline yet'],
  days: ['{} 天', '{} d'],
  hours: ['{} 小时', '{} h'],
  minutes: ['{} 分', '{} min'],
  reporters: ['{} 人反映', '{} reporters'],
  // Case
  back: ['返回', 'Back'],
  place: ['地点', 'Place'],
  what: ['事情', 'What'],
  redrawn: ['区划变动：{}', 'Boundaries: {}'],
  by_when: ['时限', 'By when'],
  owner: ['主责', 'Owner'],

  why: ['为什么有这件事', 'Why this case exists'],
  call: ['电话', 'Call'],
  navigate: ['导航', 'Navigate'],
  timeline: ['经过', 'Timeline'],
  photos: ['照片', 'Photos'],
  photo_before_after: ['照片 {}', 'Photo {}'],
  tasks: ['协办任务', 'Tasks of co-handlers'],
  more_actions: ['其他操作', 'Other actions'],
  not_now: ['现在不能：{}', 'Not now: {}'],
  no_actions: ['这件事现在没有您要做的。', 'There is nothing for you to do here now.'],
  add_photo: ['拍照', 'Take a photo'],
  add_note: ['记一笔', 'Add a note'],
  note_text: ['写一句（可以不写）', 'A few words (optional)'],
  text_needed: ['写一句', 'A few words'],
  submit: ['提交', 'Send'],
  cancel: ['取消', 'Cancel'],
  photo_needed: ['这类事需要一张办好后的照片。', 'This kind of case needs a photo of the result.'],
  how_done: ['办得怎样？', 'What was the result?'],
  checked_ok: ['核查通过', 'Verified'],
  checked_not_ok: ['没办好，退回', 'Not done, send back'],
  until: ['到什么时候', 'Until when'],
  tomorrow: ['明天', 'Tomorrow'],
  three_days: ['三天后', 'In 3 days'],
  one_week: ['一周后', 'In a week'],
  choose: ['请选择', 'Choose'],
  sent: ['已提交', 'Sent'],
  kept_waiting: ['没有网络，已存在手机上，有网就传。', 'No network. Kept on this phone and sent when there is one.'],
  stale: ['刚才有别人更新了这件事。下面是最新的情况，请看过再决定。', 'Someone else has just updated this case. Below is its present state; look before you decide.'],
  from_memory: ['没有网络，显示的是 {} 的内容', 'No network; showing what was here at {}'],
  forbidden: ['您没有看这件事的权限。如果该由您办，请找街道值守开通。', 'You have no right to see this. If it is yours to handle, ask the duty desk.'],
  not_found: ['没有这件事，可能链接不全。', 'There is no such case; the link may be incomplete.'],
  failed: ['没有成功：{}', 'That did not work: {}'],
  yes: ['是', 'Yes'],
  no: ['否', 'No'],
  alike_case: ['可能是同一件事', 'May be the same matter'],
  merge_here: ['合并到这件', 'Merge into this'],
  links: ['关联案件', 'Linked cases'],
  // Report
  report_title: ['上报', 'Report'],
  step_photo: ['拍照', 'Photo'],
  step_class: ['是哪类事？', 'What is it about?'],
  step_place: ['在哪里？', 'Where is it?'],
  step_send: ['看一下就提交', 'Check and send'],
  without_photo: ['不拍照', 'No photo'],
  retake: ['重拍', 'Take again'],
  last_place: ['上次：{}', 'Last: {}'],
  whole: ['就在{}', 'At {}'],
  for_someone: ['替居民报（可以不填）', 'On behalf of a resident (optional)'],
  reporter_name: ['怎么称呼', 'Form of address'],
  reporter_phone: ['居民电话，只用于联系这件事', 'Their phone, only for this matter'],
  registered: ['已登记，编号 {}', 'Registered as {}'],
  claim_code: ['居民查询码 {}', 'Claim code for the resident: {}'],
  alike_here: ['这里已有人反映，是同一件事吗？', 'Somebody has reported this here. Is it the same matter?'],
  join: ['是这件，一起跟进', 'Same matter, join it'],
  joined: ['已加入，编号 {}', 'Joined, number {}'],
  another: ['再报一件', 'Report another'],
  see_case: ['看这件事', 'See the case'],
  shrinking: ['正在处理照片…', 'Preparing the photo…'],
  not_a_photo: ['这个文件不是照片，请换一张。', 'This file is not a photo; choose another.'],
  // Queue
  waiting_upload: ['待上传 {}', '{} to upload'],
  waiting_list: ['待上传', 'To upload'],
  waiting_none: ['都已上传。', 'Everything is uploaded.'],
  waiting_safe: ['存在这台手机上，不会丢；有网自动上传。', 'Kept on this phone; sent by itself when there is a network.'],
  upload_now: ['现在上传', 'Upload now'],
  needs_you: ['要您看一下：{}', 'Needs you: {}'],
  discard: ['不传了', 'Do not send'],
  send_again: ['再传一次', 'Send again'],
  // Push
  push_urgent: ['紧急', 'Urgent'],
  push_coming: ['收到并前往', 'Got it, coming'],
  push_cannot: ['去不了', 'Cannot come'],
  push_done: ['已完成', 'Done'],
  push_answered: ['您的回复：{}。发送人已经看到。', 'Your answer: {}. The sender sees it.'],
  push_change: ['情况变了可以再点一次，以最后一次为准。', 'If things change, tap again; the last answer counts.'],
  push_not_found: ['没有这条通知，或不是发给您的。', 'There is no such push, or it was not sent to you.'],
  push_not_sent: ['没有发出去。请再点一次，或打电话。', 'It was not sent. Tap again, or phone.'],
  push_waiting: ['没有网络。“{}”已存在手机上，有网就发；急事请打电话。', 'No network. "{}" is kept on this phone and sent when there is one; phone if it is urgent.'],
  push_answer: ['回复通知：{}', 'Answer to a push: {}'],
  // Ways
  ways: ['通知方式', 'How I am told'],
  ways_about: ['所有通知都会在收件箱里，这里只选另外怎么告诉您。', 'Every notice lies in your inbox. Choose here how else you are told.'],
  ways_email: ['邮箱', 'Mail address'],
  ways_email_more: ['只用来给您发通知，加密保存，别人看不到。', 'Only for your notices; kept sealed, and shown to nobody else.'],
  ways_urgent: ['紧急的', 'What is urgent'],
  ways_urgent_mail: ['同时发邮件', 'By mail, too'],
  ways_rest: ['可以等的', 'What can wait'],
  ways_inbox: ['只放收件箱', 'Inbox only'],
  ways_mail: ['每条都发邮件', 'Each one by mail'],
  ways_digest: ['每天 8:30 和 17:00 汇总成一封', 'One mail at 8:30 and 17:00'],
  ways_save: ['保存', 'Save'],
  ways_saved: ['已保存', 'Saved'],
  ways_not_saved: ['没有网络，没有保存。请有网时再点一次。', 'No network; it was not saved. Tap again when there is one.'],
  // Me
  large_text: ['大字', 'Large text'],
  normal_text: ['标准字', 'Normal text'],
  language: ['English', '中文'],
  complain: ['投诉与建议', 'Complaints and suggestions'],
  posts: ['岗位', 'Posts'],
  about_offline: ['没有网络也能用：看过的还能看，办的先存着。', 'Works without a network: what you have seen stays readable, what you do is kept.'],
} as const;

export type Word = keyof typeof words;
export type Lang = 'zh' | 'en';

const LANG_KEY = 'linli.lang';
let lang: Lang = readLang();
document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';

function readLang(): Lang {
  return localStorage.getItem(LANG_KEY) === 'en' ? 'en' : 'zh';
}

export function currentLang(): Lang {
  return lang;
}

/** The page is drawn anew: texts from the server come in the new language too. */
export function switchLang(): void {
  lang = lang === 'zh' ? 'en' : 'zh';
  localStorage.setItem(LANG_KEY, lang);
  location.reload();
}

export function say(key: Word, value: string | number = ''): string {
  return words[key][lang === 'zh' ? 0 : 1].replace('{}', String(value));
}

/** The installation's zone: a deadline is the street's, wherever the phone thinks it is. */
const ZONE = 'Asia/Shanghai';

/** Today's times as a time, others with their day. */
export function when(instant: string, now = new Date(serverNow())): string {
  const at = new Date(instant);
  const locale = lang === 'zh' ? 'zh-CN' : 'en-GB';
  const day = (date: Date) => date.toLocaleDateString(locale, { timeZone: ZONE, month: 'numeric', day: 'numeric' });
  const time = at.toLocaleTimeString(locale, { timeZone: ZONE, hour: '2-digit', minute: '2-digit' });
  return day(at) === day(now) ? time : `${day(at)} ${time}`;
}

/** A length of time in the one or two units that matter. */
export function span(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return say('minutes', minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${say('hours', hours)} ${say('minutes', minutes % 60)}`;
  return `${say('days', Math.floor(hours / 24))} ${say('hours', hours % 24)}`;
}
