// Who is on duty: the week of an area, hours and an absence set for one post, a mistake named, and all of it taken back.

import { DESKTOP } from '../browser.mjs';
import { demoPeople, withRole } from '../people.mjs';
import { atDesk } from './office.mjs';

export const name = 'duty';

export async function run(story) {
  const people = await demoPeople(story);
  const [desk, cadre] = [withRole(people, 'duty_desk'), withRole(people, 'cadre')];
  const { area, area_name: areaName } = cadre.api.me.posts.find((p) => p.role.code === 'cadre');
  const person = await atDesk(story, desk);
  const { page } = person;
  await page.locator('.frame nav a', { hasText: '值班' }).click();
  await page.locator('table.duty tbody tr').first().waitFor();
  await page.goto(`${story.base}/duty?area=${area}`);
  const row = page.locator('table.duty tbody tr', { hasText: cadre.api.me.user.name });
  await row.first().waitFor();
  story.check(`somebody is always there in ${areaName}`, await page.locator('.covered').isVisible());
  const dialog = page.locator('.ant-modal');
  const open = async () => {
    await row.locator('button').first().click();
    await dialog.locator('fieldset').first().waitFor();
  };
  await open();
  await dialog.locator('button', { hasText: '添加时段' }).click();
  await dialog.locator('button', { hasText: '添加离岗' }).click();
  await dialog.locator('input[type=datetime-local]').first().fill('2020-01-01T08:00');
  await dialog.locator('.ant-btn-primary').click();
  await dialog.locator('.ant-alert-error').waitFor();
  story.check('an absence without its end is named', /离岗第 1 条/.test(await dialog.locator('.ant-alert-error').textContent()));
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await dialog.locator('input[type=datetime-local]').nth(1).fill(`${tomorrow}T08:00`);
  await person.shot('duty-set');
  await story.accessible('setting a duty', person);
  await dialog.locator('.ant-btn-primary').click();
  await dialog.first().waitFor({ state: 'hidden' });
  await row.locator('.mark', { hasText: '不在岗' }).waitFor();
  story.check('who is away is not on duty', true);
  const { body: week } = await desk.api.get(`/duty?area=${area}`);
  const set = week.posts.find((p) => p.name === cadre.api.me.user.name);
  story.equal('hours are kept as they were set', set.set.hours, [{ days: 'working_days', from: '08:30', to: '17:30' }]);
  await person.shot('duty-week');
  await story.accessible('duty', person);
  await page.setViewportSize({ width: 390, height: 844 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  story.check('duty fits a narrow window', wide <= 0, `${wide} px too wide`);
  await person.shot('duty-narrow');
  await page.setViewportSize(DESKTOP);
  await open();
  for (const n of [1, 2]) {
    await dialog.locator('.row button').first().click();
    await dialog.locator('.row').nth(2 - n).waitFor({ state: 'detached' });
  }
  await dialog.locator('.ant-btn-primary').click();
  await dialog.first().waitFor({ state: 'hidden' });
  await row.locator('.mark.tone-good', { hasText: '在岗' }).waitFor();
  story.check('with nothing set the post is on duty again', true);
}
