// The phone entry's own promises: five taps to report, nothing lost offline, one of two wins, no right no case.

import { until } from '../api.mjs';
import { demoPeople, onPhone, withRole } from '../people.mjs';
import { drawPhoto } from '../photo.mjs';

export const name = 'phone';

export async function run(story) {
  const people = await demoPeople(story);
  const photo = await drawPhoto(story.browser, 1600, 1200);
  const cadre = withRole(people, 'cadre');
  const caseId = await fiveTaps(story, cadre, photo);
  await offline(story, cadre, caseId, photo);
  await twoTabs(story, cadre, people);
  await noRight(story, people);
  await looks(story, cadre);
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
  story.check('the photo is on the case', (await page.locator('.thumbs img').first().evaluate((i) => i.complete && i.naturalWidth)) > 0);
  return page.url().split('/').pop();
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
  const guard = people.find((p) => p.roles.every((r) => ['guard', 'resident', 'device_admin', 'volunteer'].includes(r)));
  if (!guard) throw new Error('no demo account without the right to cases');
  const desk = withRole(people, 'duty_desk');
  const { body } = await desk.api.get('/cases?tab=all&limit=200');
  let hidden = null;
  for (const row of body.items) {
    const { status } = await guard.api.get(`/cases/${row.id}`);
    if (status === 403 || status === 404) {
      hidden = row;
      break;
    }
  }
  story.check(`${guard.name} may not open every case`, hidden !== null);
  if (!hidden) return;
  const refused = await guard.api.post(`/cases/${hidden.id}/commands`, { command: 'accept', version: hidden.version });
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
  const wide = await person.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  story.check('large text: nothing sticks out sideways', wide <= 0, `${wide} px`);
  story.check('a complaint entry stands on the page', await person.page.locator('a[href*="service.complaint"]').isVisible());
  await person.page.locator('.button', { hasText: 'English' }).click();
  await person.page.locator('.button', { hasText: '中文' }).waitFor();
  await person.shot('phone-me-en');
  const own = ['待办', '通知', '上报', '我的', '待上传', '退出', '岗位', '大字', '投诉'];
  const text = await person.page.evaluate(() => document.querySelector('.tabs').innerText + document.querySelector('.foot').innerText + document.querySelector('.stack').innerText);
  story.equal('in English the page itself speaks no Chinese', own.filter((word) => text.includes(word)), []);
}
