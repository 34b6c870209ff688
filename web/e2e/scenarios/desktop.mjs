// The desk's own promises: one click in, a case found and acted on by keys, nothing jumps, nothing is lost, and what
// the reporter will read looks different from what stays inside.

import { until } from '../api.mjs';
import { DESKTOP, PHONE } from '../browser.mjs';
import { demoPeople, withRole } from '../people.mjs';
import { drawPhoto } from '../photo.mjs';

export const name = 'desktop';

export async function run(story) {
  const people = await demoPeople(story);
  const photo = await drawPhoto(story.browser, 1600, 1200);
  const desk = withRole(people, 'duty_desk');
  const person = await signIn(story, desk);
  await find(story, person, desk);
  const filed = await fileOnBehalf(story, person, desk, photo);
  const owner = people.find((p) => p.user.id === filed.owner.id);
  if (!owner) throw new Error(`the case belongs to ${filed.owner.name}, no demo account`);
  await why(story, person, desk);
  await act(story, owner, filed, photo);
  await nothingJumps(story, person, desk, filed);
  await expired(story, desk);
  await looks(story, person);
  await noRight(story, people);
}

async function signIn(story, who) {
  const person = story.person(`desktop-${who.name}`);
  const page = await person.open('/', { viewport: DESKTOP });
  await page.getByRole('button', { name: who.label, exact: true }).waitFor();
  await person.shot('desktop-1-sign-in');
  await story.accessible('desktop: sign in', person);
  await person.hand();
  await page.getByRole('button', { name: who.label, exact: true }).click();
  await page.locator('.case-tabs').waitFor();
  story.budget('a demo account signs in', await person.hand(), 1);
  return person;
}

/** Tabs with counts, the keys, the filter in the address, an empty list that says why. */
async function find(story, person, desk) {
  const { page } = person;
  await page.locator('[data-tab=all]').click();
  await page.locator('[data-tab=all][aria-pressed=true]').waitFor();
  // The story may still be told: what the tab says follows what the server counts.
  await until('the tab to say how many there are', async () => {
    const { body: counts } = await desk.api.get('/cases/counts');
    return Number(await page.locator('[data-tab=all] .count').textContent()) === counts.tabs.all && counts.tabs.all >= 4;
  }, 400_000);
  story.check('the tab says how many there are', true);
  await page.reload();
  await page.locator('.case-row').nth(3).waitFor();
  story.equal('a row is 56 pixels high', (await page.locator('.case-row').first().boundingBox()).height, 56);
  await page.locator('.case h2').waitFor();
  await person.shot('desktop-2-list');
  await story.accessible('desktop: list and case', person);

  const chosen = () => page.locator('.case-row[aria-selected=true]').getAttribute('id');
  const rows = await page.locator('.case-row').evaluateAll((all) => all.map((row) => row.id));
  await person.hand();
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('k');
  await page.waitForFunction((id) => location.search.includes(id.slice(4)), rows[1]);
  story.equal('J, the arrow and K walk the list', await chosen(), rows[1]);
  story.budget('three rows by keys', await person.hand(), 0, 3);

  await page.keyboard.press('Shift+Slash');
  await page.locator('.keys-sheet').waitFor();
  story.check('a sheet names all keys', (await page.locator('.keys-sheet dt').count()) >= 12);
  await story.accessible('desktop: sheet of keys', person);
  await page.keyboard.press('Escape');
  await page.locator('.keys-sheet').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: /^通知/ }).click();
  await page.locator('.ant-drawer .notice').first().waitFor();
  await person.shot('desktop-2-notices');
  await story.accessible('desktop: notices', person);
  await page.keyboard.press('Escape');
  await page.locator('.ant-drawer .notice').first().waitFor({ state: 'hidden' });

  const { body: row } = await desk.api.get(`/cases/${rows[1].slice(4)}`);
  await page.keyboard.press('/');
  await page.keyboard.type(row.number);
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=/);
  // A list on its way has no rows at all: what was found is there when some are, and fewer than before.
  await page.waitForFunction((n) => {
    const shown = document.querySelectorAll('.case-row').length;
    return shown > 0 && shown < n;
  }, rows.length);
  story.equal('the search finds it by its number', await page.locator(`#row-${row.id}`).count(), 1);
  const address = page.url();
  await page.reload();
  await page.locator('.case-row').first().waitFor();
  const kept = (url) => new URL(url).searchParams.get('q');
  story.check('the address keeps the filter', kept(page.url()) === kept(address) && (await page.locator(`#row-${row.id}`).count()) === 1, page.url());

  const xlsx = await page.evaluate(async (href) => {
    const answer = await fetch(href);
    return { status: answer.status, kind: answer.headers.get('content-type'), bytes: (await answer.arrayBuffer()).byteLength };
  }, await page.locator('.case-search .export').getAttribute('href'));
  story.check('the same filter is exported to Excel', xlsx.status === 200 && /spreadsheetml/.test(xlsx.kind) && xlsx.bytes > 1_000, xlsx);

  await page.goto(`${story.base}/cases?tab=all&q=${encodeURIComponent('没有这样的案件')}`);
  await page.locator('.case-list .empty-why').waitFor();
  const said = await page.locator('.case-list .empty-why').textContent();
  story.check('an empty list says that the filter emptied it', said.includes('筛选'), said);
  await person.shot('desktop-3-empty');
  await page.locator('.case-list .empty-why .ant-btn').click();
  await page.locator('.case-row').nth(1).waitFor();
  story.check('and its one button brings the rows back', !page.url().includes('q='));
}

/** Somebody on the telephone: class, place, words, phone, photo; a code to follow it by. */
async function fileOnBehalf(story, person, desk, photo) {
  const { page } = person;
  await page.goto(`${story.base}/file`);
  await page.getByText('电话', { exact: true }).click();
  await page.getByText('环境卫生', { exact: true }).click();
  await page.locator('#area').click();
  await page.keyboard.type('1号');
  await page.locator('.ant-select-tree-title', { hasText: '1号' }).first().click();
  await page.locator('#text').fill('楼下的垃圾桶满了');
  await page.locator('#name').fill('王阿姨');
  await page.locator('#phone').fill('13800138000');
  await page.locator('#photos').setInputFiles(photo);
  await page.locator('.photo-upload img').waitFor();
  await person.shot('desktop-4-file');
  await story.accessible('desktop: file on behalf', person);
  await page.getByRole('button', { name: '登记', exact: true }).click();
  await page.locator('.filed .code').waitFor();
  await person.shot('desktop-5-filed');
  const code = (await page.locator('.filed .code').textContent()).trim();
  const follow = await fetch(`${story.base}/f/${code}`);
  story.equal('the code on the slip opens the follow page', follow.status, 200);
  await page.getByRole('link', { name: '看这个案件' }).click();
  await page.waitForURL(/\/cases\/[^/?]+$/);
  await page.locator('.strip img').first().waitFor();
  const shown = await page.locator('.facts').textContent();
  story.check('the reporter is masked', shown.includes('138****8000') && !shown.includes('13800138000') && !shown.includes('王阿姨'), shown);
  const { body } = await desk.api.get(`/cases/${page.url().split('/').pop()}`);
  const print = await page.evaluate(async (id) => (await fetch(`/api/v1/cases/${id}/print`)).text(), body.id);
  story.check('the A4 page has the case and no phone', print.includes(body.number) && !print.includes('13800138000'));
  return body;
}

/** A case of a rule says why it exists: sentence, curve, readings. */
async function why(story, person, desk) {
  const { page } = person;
  const found = await until('a case made by a rule', async () => {
    const { body } = await desk.api.get('/cases?tab=all&class=care.elder_not_out&limit=5');
    return body?.items?.[0];
  }, 400_000);
  await page.goto(`${story.base}/cases/${found.id}`);
  await page.locator('.evidence .chart canvas').waitFor();
  const sentence = await page.locator('.evidence .why').textContent();
  story.check('the case says in words why it exists', sentence.length > 10, sentence);
  await page.locator('.evidence summary').click();
  story.check('with the readings behind it', (await page.locator('.evidence .readings tbody tr').count()) > 0);
  await person.shot('desktop-6-why');
  await story.accessible('desktop: case with evidence', person);
}

/** The owner takes it by one key, writes, meets somebody quicker, and finishes with a photo. */
async function act(story, owner, filed, photo) {
  const person = await signIn(story, owner);
  const { page } = person;
  await page.goto(`${story.base}/cases?tab=to_accept`);
  await page.locator(`#row-${filed.id}`).click();
  await page.locator('[data-action=accept]').waitFor();

  // What an input method types is no command, and neither is the Enter that ends it.
  await page.evaluate(() => window.dispatchEvent(new Event('compositionstart')));
  await page.keyboard.press('a');
  await page.evaluate(() => window.dispatchEvent(new Event('compositionend')));
  await page.keyboard.press('Enter');
  await page.waitForTimeout(300);
  story.equal('keys of an input method accept nothing', await stage(owner, filed.id), 'received');

  await person.hand();
  await page.keyboard.press('a');
  await until('the acceptance', async () => (await stage(owner, filed.id)) === 'accepted');
  story.budget('triage of one case', await person.hand(), 0, 3);
  await page.waitForFunction((id) => !document.querySelector('.case-row[aria-selected=true]')?.id.includes(id) || document.querySelectorAll('.case-row').length === 1, filed.id);
  story.check('after it the next row is chosen', true);

  await page.goto(`${story.base}/cases/${filed.id}`);
  await page.locator('[data-action=note]').waitFor();
  await page.keyboard.press('n');
  await page.locator('.sheet textarea').fill('保洁说下午两点来清');
  const inside = await page.locator('.sheet').evaluate((box) => getComputedStyle(box).backgroundColor);
  await page.locator('.sheet').getByText('反映人可见', { exact: true }).click();
  await page.locator('.sheet.outside').waitFor();
  const outside = await page.locator('.sheet').evaluate((box) => getComputedStyle(box).backgroundColor);
  story.check('what the reporter will read has another ground', inside !== outside, { inside, outside });
  await person.shot('desktop-7-audience');
  await story.accessible('desktop: action form', person);
  await page.locator('.sheet').getByText('内部', { exact: true }).click();

  const { body: before } = await owner.api.get(`/cases/${filed.id}`);
  const quicker = await owner.api.post(`/cases/${filed.id}/commands`, { command: 'note', version: before.version, text: '同事先记了一笔', audience: 'internal', photos: [] });
  story.equal('a colleague is quicker', quicker.status, 200);
  await page.locator('.conflict').waitFor();
  const conflict = await page.locator('.conflict').textContent();
  story.check('the conflict shows what was done meanwhile', conflict.includes('同事先记了一笔') && conflict.includes('您看到的'), conflict);
  story.equal('and what was written is still there', await page.locator('.sheet textarea').inputValue(), '保洁说下午两点来清');
  await person.shot('desktop-8-conflict');
  await story.accessible('desktop: conflict', person);
  await page.locator('.conflict .ant-btn').click();
  await page.keyboard.press('Control+Enter');
  if (await page.locator('.sheet').count()) await page.locator('.sheet .ant-btn-primary').click();
  await page.locator('.sheet').waitFor({ state: 'detached' });
  await page.locator('.timeline', { hasText: '保洁说下午两点来清' }).waitFor();
  story.check('the note is on the timeline with who wrote it', (await page.locator('.timeline li', { hasText: '保洁说下午两点来清' }).textContent()).includes(owner.user.name));

  await page.locator('[data-action=propose_done]').click();
  await page.locator('.sheet .ant-radio-button-wrapper').first().click();
  const words = page.locator('.sheet textarea');
  if (await words.count()) await words.first().fill('已清运，垃圾桶已换');
  await page.locator('.sheet input[type=file]').setInputFiles(photo);
  await page.locator('.sheet .photo-upload img').waitFor();
  await page.locator('.sheet .ant-btn-primary').click();
  await until('proposed done', async () => (await stage(owner, filed.id)) === 'proposed_done');
  await page.locator('.pairs > div').nth(1).locator('img').waitFor();
  story.check('before and after stand beside each other', (await page.locator('.pairs img').count()) >= 2);
  await page.locator('.pairs button').first().click();
  await page.locator('.large img').waitFor();
  const title = () => page.locator('.ant-modal-title').textContent();
  const first = await title();
  await page.keyboard.press('ArrowRight');
  story.check('the arrow goes to the next photo', (await title()) !== first, first);
  await page.keyboard.press('Escape');
  await page.locator('.chips button', { hasText: '时限' }).click();
  story.check('a chip narrows the timeline', (await page.locator('.timeline > li').count()) > 0 && !(await page.locator('.timeline').textContent()).includes('保洁'));
  const refused = await page.locator('.not-now').allTextContents();
  story.check('what may not be done says why', refused.some((words_) => words_.includes('核查')), refused);
  await person.shot('desktop-9-done');
}

/** A new case waits behind a bar; the chosen row stays where it is. */
async function nothingJumps(story, person, desk, filed) {
  const { page } = person;
  await page.goto(`${story.base}/cases?tab=all`);
  await page.locator('.case-row').nth(2).waitFor();
  await page.keyboard.press('j');
  const rows = () => page.locator('.case-row').evaluateAll((all) => all.map((row) => row.id));
  const before = await rows();
  const began = Date.now();
  const made = await desk.api.post('/cases', { class: 'other', text: '信箱坏了', area: filed.area.code, channel: 'window' });
  story.check('the desk files another', made.status === 200, made);
  await page.locator('.fresh').waitFor();
  story.check('a new case is told within two seconds', Date.now() - began < 2_000, `${Date.now() - began} ms`);
  story.equal('no row has moved', await rows(), before);
  await page.keyboard.press('j');
  await page.waitForTimeout(400);
  story.check('the bar stays while the keys walk on', await page.locator('.fresh').isVisible());
  await person.shot('desktop-10-fresh');
  await page.locator('.fresh .ant-btn').click();
  await page.locator(`#row-${made.body.id}`).waitFor();
  story.check('a click on the bar shows it', true);
}

/** A session that ends leaves what was being written. */
async function expired(story, desk) {
  const person = await signIn(story, desk);
  const { page } = person;
  await page.goto(`${story.base}/cases?tab=all`);
  await page.locator('[data-action=note]').waitFor();
  await page.keyboard.press('n');
  await page.locator('.sheet textarea').fill('写到一半');
  await person.context.clearCookies();
  await page.locator('.sheet .ant-btn-primary').click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await person.shot('desktop-11-expired');
  await dialog.getByRole('button', { name: desk.label, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  story.equal('what was being written is still there', await page.locator('.sheet textarea').inputValue(), '写到一半');
  await page.locator('.sheet .ant-btn-primary').click();
  await page.locator('.timeline', { hasText: '写到一半' }).waitFor();
  story.check('and is sent after signing in again', true);
}

/** English, the night, and a narrow window. */
async function looks(story, person) {
  const { page } = person;
  await page.goto(`${story.base}/cases?tab=all`);
  await page.locator('.case-row').first().waitFor();
  await page.getByRole('button', { name: 'English' }).click();
  await page.locator('[data-tab=to_accept]', { hasText: 'To accept' }).waitFor();
  const words = await page.locator('.frame > nav').textContent();
  story.check('the menu is English throughout', !/[\u4e00-\u9fff]/.test(words), words);
  story.equal('the page says its language', await page.locator('html').getAttribute('lang'), 'en');
  await person.shot('desktop-12-english');
  await page.getByRole('button', { name: '中文' }).click();
  await page.locator('[data-tab=to_accept]', { hasText: '待受理' }).waitFor();

  await page.locator('header .end button').last().click();
  await page.getByText('夜间配色').click();
  await page.locator('html[data-night]').waitFor();
  await page.locator('.case h2').waitFor();
  // Colours change over a moment.
  await page.waitForTimeout(600);
  await person.shot('desktop-13-night');
  await story.accessible('desktop: at night', person);
  await page.locator('header .end button').last().click();
  await page.getByText('日间配色').click();

  await page.setViewportSize(PHONE);
  await page.goto(`${story.base}/cases?tab=all`);
  await page.locator('.case-row').first().waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  story.check('a narrow window needs no sideways scrolling', wide <= 0, wide);
  await page.locator('.case-row').first().click();
  await page.waitForURL(/\/cases\/[^/?]+$/);
  await page.locator('.timeline li').first().waitFor();
  await person.shot('desktop-14-narrow');
  await page.setViewportSize(DESKTOP);
}

/** Who has no right to cases sees neither menu entry nor page. */
async function noRight(story, people) {
  const outside = people.find((p) => !p.api.me.sections.includes('cases'));
  if (!outside) throw new Error('every demo account may read cases');
  const person = story.person(`desktop-${outside.name}`);
  const page = await person.open('/cases', { viewport: DESKTOP });
  await page.getByRole('button', { name: outside.label, exact: true }).click();
  await page.locator('.empty-why').waitFor();
  story.check('a page without the right says so', (await page.locator('.empty-why').textContent()).includes('岗位'));
  story.equal('and the menu does not offer it', await page.locator('.frame > nav a[href="/cases"]').count(), 0);
}

async function stage(who, id) {
  const { body } = await who.api.get(`/cases/${id}`);
  return body.stage.code;
}
