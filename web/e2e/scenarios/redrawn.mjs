// Boundaries are redrawn: a new committee takes over an old one by a table; what follows is said before it is done; old
// cases are found at the place of today and say where they were; and it is taken back.

import { DESKTOP } from '../browser.mjs';
import { demoPeople, withRole } from '../people.mjs';
import { atDesk } from './office.mjs';

export const name = 'redrawn';

const STAMP = Date.now() % 10_000_000;
const NEW = `e2e-r${STAMP}`;
const NAME = `新设居民区${STAMP}`;

export async function run(story) {
  const people = await demoPeople(story);
  const [admin, desk, cadre] = [withRole(people, 'administrator'), withRole(people, 'duty_desk'), withRole(people, 'cadre')];
  const { area: old, area_name: oldName } = cadre.api.me.posts.find((p) => p.role.code === 'cadre');
  const { body: areas } = await admin.api.get('/areas?down_to=residential_area');
  const street = areas.find((a) => a.level === 'street');
  const before = await desk.api.get(`/cases/counts?area=${old}`);
  const person = await atDesk(story, admin);
  const { page } = person;
  const row = (takes) => `编码,级别,名称,上级编码,承接,承接日期\n${NEW},居民区,${NAME},${street.id},${takes},\n`;
  await table(page, row(old));
  const notes = page.locator('.ant-alert-info', { hasText: '导入后还会这样' });
  await notes.waitFor();
  story.check('the trial says who will see what', (await notes.textContent()).includes(`“${NAME}”的各岗位可查看和办理“${oldName}”此前的案件`));
  await person.shot('redrawn-trial');
  await story.accessible('redrawing boundaries', person);
  await take(page);
  const atDuty = await atDesk(story, desk);
  const at = atDuty.page;
  await at.goto(`${story.base}/cases?tab=all&area=${NEW}`);
  await at.locator('.case .facts').first().waitFor();
  story.check('an old case says where it was and which place that is today', (await at.locator('.case .facts').textContent()).includes(`原${oldName}，今${NAME}`));
  const after = await desk.api.get(`/cases/counts?area=${NEW}`);
  story.equal('every case of the old place is found at the new one', after.body.tabs.all, before.body.tabs.all);
  await atDuty.shot('redrawn-case');
  await at.goto(`${story.base}/duty?area=${NEW}`);
  await at.locator('.without-posts').waitFor();
  const none = await at.locator('.without-posts').textContent();
  story.check('a level without posts is named with the level above that takes its cases', none.includes(NAME) && none.includes('受理'), none);
  story.check('it is no gap in a roster', await at.locator('.covered').isVisible());
  await atDuty.shot('duty-without-posts');
  await story.accessible('duty without posts', atDuty);
  await at.setViewportSize({ width: 390, height: 844 });
  const wide = await at.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  story.check('it fits a narrow window', wide <= 0, `${wide} px too wide`);
  await atDuty.shot('duty-without-posts-narrow');
  await at.setViewportSize(DESKTOP);
  await at.goto(`${story.base}/duty?area=${street.id}`);
  await at.locator('.without-posts, table.duty').first().waitFor();
  await atDuty.shot('duty-street');
  await at.goto(`${story.base}/indicators`);
  await at.locator('#safety-index').waitFor();
  const safety = await at.locator('section[aria-labelledby=safety-index]').textContent();
  story.check('without residents or events there is no safety index, and it says why', safety.includes('无法计算') && !/\b(0|100)\.0/.test(safety), safety);
  await at.locator('#safety-index').scrollIntoViewIfNeeded();
  await atDuty.shot('safety-index');
  await table(page, row(`-${old}`));
  await page.locator('.ant-alert-info', { hasText: '不再由其他区域承接' }).waitFor();
  await take(page);
  const back = await desk.api.get(`/cases/counts?area=${old}`);
  story.equal('taken back, they are where they were', back.body.tabs.all, before.body.tabs.all);
}

async function table(page, text) {
  await page.locator('.frame nav a', { hasText: '导入' }).click();
  await page.locator('.ant-steps-item', { hasText: '区域' }).click();
  await page.locator('a[href*="imports/areas/template"]').waitFor();
  await page.locator('input[type=file]').setInputFiles({ name: '区域.csv', mimeType: 'text/csv', buffer: Buffer.from(`\ufeff${text}`) });
}

async function take(page) {
  await page.locator('button', { hasText: '导入这 1 行' }).click();
  await page.locator('[role=status]', { hasText: '已导入 1 行' }).waitFor();
}
