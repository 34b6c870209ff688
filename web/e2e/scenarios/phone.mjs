// The phone entry's own promises: five taps to report, nothing lost offline, one of two wins, no right no case.

import { until } from '../api.mjs';
import { demoPeople, onPhone, withRole } from '../people.mjs';
import { drawPhoto } from '../photo.mjs';
import { done } from './loop.mjs';

export const name = 'phone';

export async function run(story) {
  const people = await demoPeople(story);
  const photo = await drawPhoto(story.browser, 1600, 1200);
  const cadre = withRole(people, 'cadre');
  const caseId = await fiveTaps(story, cadre, photo);
  await fourTaps(story, people, caseId, photo);
  await offline(story, cadre, caseId, photo);
  await twoTabs(story, cadre, people);
  await noRight(story, people);
  await looks(story, cadre);
  await ways(story, cadre);
}

async function fiveTaps(story, cadre, photo) {
  const person = await onPhone(story, cadre);
  const page = person.page;
  await person.hand();
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('label.button.huge').click()]);
  await chooser.setFiles(photo);
  await page.locator('.tiles .chip').first().waitFor();
  await person.shot('phone-report-1-class');
  await page.locator('.tiles .chip').first().click();
  await page.locator('.tiles .chip').first().waitFor();
  await person.shot('phone-report-2-place');
  while (await page.locator('h1', { hasText: '在哪里' }).count()) await page.locator('.tiles .chip').first().click();
  await person.shot('phone-report-3-send');
  await story.accessible('phone: report', person);
  await page.locator('.button.huge', { hasText: '提交' }).click();
  const said = page.locator('.notice-good', { hasText: '已登记' });
  await said.waitFor();
  story.budget('a cadre reports with photo and place', await person.hand(), 5);
  await page.locator('.button', { hasText: '看这件事' }).click();
  await page.waitForURL(/\/m\/cases\//);
  await page.locator('.thumbs img').first().waitFor();
  story.check('the photo is on the case', await until('the photo', () => page.locator('.thumbs img').first().evaluate((i) => i.complete && i.naturalWidth > 0)));
  return page.url().split('/').pop();
}

/** Waste is closed with a photo of the result: the camera opens with the tap on "done". */
async function fourTaps(story, people, caseId, photo) {
  const desk = withRole(people, 'duty_desk');
  const { body: view } = await desk.api.get(`/cases/${caseId}`);
  const owner = people.find((p) => p.user.id === view.owner.id);
  if (!owner) throw new Error(`the case belongs to ${view.owner.name}, no demo account`);
  const person = await onPhone(story, owner, `/m/cases/${caseId}`);
  const page = person.page;
  await page.locator('.button', { hasText: '受理' }).first().click();
  await page.locator('.sheet .button', { hasText: '受理' }).click();
  await page.locator('.notice-good').waitFor();
  await page.locator('.tabs button').first().click();
  const card = page.locator('.task').filter({ hasText: view.class.label }).filter({ hasText: view.place }).first();
  await card.waitFor();
  await person.hand();
  await card.click();
  await page.locator('.timeline li').first().waitFor();
  story.check('this class asks for a photo of the result', await done(page, photo));
  story.budget('closing a task with a photo', await person.hand(), 4);
  const closed = await until('the proposal', async () => {
    const { body } = await desk.api.get(`/cases/${caseId}`);
    return body.stage.code === 'proposed_done' ? body : null;
  });
  story.check('the after photo is on the case', closed.photos.some((p) => p.when === 'after'));
}

async function offline(story, cadre, caseId, photo) {
  const person = await onPhone(story, cadre, `/m/cases/${caseId}`);
  const page = person.page;
  await page.locator('.timeline li').first().waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  // The shell is kept when the worker has taken over.
  await until('the kept shell', () => page.evaluate(() => caches.match('/m/').then(Boolean)));
  await page.reload();
  await page.locator('.timeline li').first().waitFor();
  const notes = async () => {
    const { body } = await cadre.api.get(`/cases/${caseId}`);
    return body.timeline.filter((t) => t.kind === 'noted' && t.text.includes('地下室'));
  };
  await person.context.setOffline(true);
  await page.locator('.button', { hasText: '补充说明' }).click();
  await page.locator('.sheet textarea').fill('地下室里写的');
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('.sheet label.button').first().click()]);
  await chooser.setFiles(photo);
  await page.locator('.preview img').waitFor();
  await page.locator('.sheet .button', { hasText: '提交' }).click();
  await page.locator('.waiting', { hasText: '待上传 1' }).waitFor();
  await person.shot('phone-offline');
  await page.reload();
  await page.locator('.waiting', { hasText: '待上传 1' }).waitFor();
  story.check('what waits survives a reload without a network', true);
  story.check('the case can still be read', (await page.locator('.timeline li').count()) > 0);
  story.equal('nothing was sent yet', (await notes()).length, 0);
  await person.context.setOffline(false);
  await page.locator('.waiting').waitFor({ state: 'detached', timeout: 40_000 });
  const sent = await until('the note', async () => ((await notes()).length > 0 ? notes() : null));
  story.equal('back on the network it is sent once, with its photo', [sent.length, sent[0].photos.length], [1, 1]);
}

/** How one is told, chosen on the phone: what is wrong is said, what is saved stays. */
async function ways(story, cadre) {
  const person = await onPhone(story, cadre, '/m/me');
  const { page } = person;
  await page.locator('.button', { hasText: '通知方式' }).click();
  await page.waitForURL(/\/m\/ways$/);
  await page.locator('.chip', { hasText: '汇总成一封' }).click();
  await page.locator('.button', { hasText: '保存' }).click();
  await page.locator('.trouble', { hasText: '邮箱' }).waitFor();
  story.check('mail without an address is refused in words', true);
  await page.locator('input[type=email]').fill('cadre@office.example');
  await page.locator('.button', { hasText: '保存' }).click();
  await page.locator('.notice-good', { hasText: '已保存' }).waitFor();
  await person.shot('phone-ways');
  await story.accessible('phone: ways', person);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
  story.check('the ways fit a narrow screen', !wide);
  const { body } = await cadre.api.get('/session/ways');
  story.equal('what was chosen is kept', [body.email, body.rest, body.urgent_mail], ['cadre@office.example', 'digest', false]);
}

async function twoTabs(story, cadre, people) {
  const desk = withRole(people, 'duty_desk');
  const { body: areas } = await cadre.api.get('/areas');
  const door = areas.find((a) => a.level === 'doorway') ?? areas[0];
  const filed = await desk.api.post('/cases', { class: 'other', text: '两个窗口', area: door.id, channel: 'phone' });
  story.check('the desk files on behalf', filed.status === 200 || filed.status === 201, filed);
  const { body: view } = await desk.api.get(`/cases/${filed.body.id}`);
  const owner = people.find((p) => p.user.id === view.owner.id);
  if (!owner) throw new Error(`the case belongs to ${view.owner.name}, no demo account`);
  const first = await onPhone(story, owner, `/m/cases/${filed.body.id}`);
  const one = first.page;
  await one.locator('.timeline li').first().waitFor();
  const two = await first.tab(`/m/cases/${filed.body.id}`);
  await two.locator('.timeline li').first().waitFor();
  await one.locator('.button', { hasText: '受理' }).first().click();
  await two.locator('.button', { hasText: '受理' }).first().click();
  const confirm = (page) => page.locator('.sheet .button', { hasText: '受理' }).click();
  await Promise.all([confirm(one), confirm(two)]);
  await Promise.all([one, two].map((page) => page.locator('.notice-good').waitFor()));
  const said = await Promise.all([one, two].map((page) => page.locator('.notice-good').textContent()));
  story.equal('of two tabs that accept at once one is done and one is told', said.map((s) => (s.includes('已提交') ? 'done' : 'told')).sort(), ['done', 'told']);
  const { body: after } = await desk.api.get(`/cases/${filed.body.id}`);
  story.equal('accepted once', after.timeline.filter((t) => t.kind === 'accepted').length, 1);
}

async function noRight(story, people) {
  const outside = (roles) => people.find((p) => p.roles.every((r) => roles.includes(r)));
  const guard = outside(['guard', 'resident', 'device_admin']) ?? outside(['volunteer']);
  if (!guard) throw new Error('no demo account without the right to cases');
  // A complaint about how people were treated lies above the committee, hence outside the areas of its people.
  const places = await (await fetch(`${story.base}/api/v1/public/places`)).json();
  const filed = await fetch(`${story.base}/api/v1/public/reports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ class: 'service.complaint', area: places.items.find((a) => a.level === 'estate').id, text: '态度不好' }),
  });
  const hidden = await filed.json();
  story.equal(`a complaint is hidden from ${guard.name}`, (await guard.api.get(`/cases/${hidden.id}`)).status, 404);
  const refused = await guard.api.post(`/cases/${hidden.id}/commands`, { command: 'accept', version: 1 });
  story.check('nor act on it', refused.status === 403 || refused.status === 404, refused.status);
  const person = await onPhone(story, guard, `/m/cases/${hidden.id}`);
  await person.page.locator('.trouble').waitFor();
  story.check('the page says so and what to do', /权限|没有这件事/.test(await person.page.locator('.trouble').textContent()));
  await person.shot('phone-no-right');
}

async function looks(story, cadre) {
  const person = await onPhone(story, cadre, '/m/me');
  await person.page.locator('h1').waitFor();
  await person.shot('phone-me');
  await story.accessible('phone: me', person);
  await person.page.locator('.button', { hasText: '大字' }).click();
  await person.shot('phone-me-large');
  await story.accessible('phone: me, large', person);
  const wide = await person.page.evaluate(() => document.documentElement.scrollWidth - globalThis.innerWidth);
  story.check('large text: nothing sticks out sideways', wide <= 0, `${wide} px`);
  story.check('a complaint entry stands on the page', await person.page.locator('a[href*="service.complaint"]').isVisible());
  await person.page.locator('.button', { hasText: 'English' }).click();
  await person.page.locator('.button', { hasText: '中文' }).waitFor();
  await person.shot('phone-me-en');
  const own = ['待办', '通知', '上报', '我的', '待上传', '退出', '岗位', '大字', '投诉'];
  const text = await person.page.evaluate(() => document.querySelector('.tabs').innerText + document.querySelector('.foot').innerText + document.querySelector('.stack').innerText);
  story.equal('in English the page itself speaks no Chinese', own.filter((word) => text.includes(word)), []);
}
