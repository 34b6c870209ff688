// How somebody wants to be told, and the page of what had trouble on its way.

import { DESKTOP } from '../browser.mjs';
import { demoPeople, withRole } from '../people.mjs';

export const name = 'delivery';

export async function run(story) {
  const people = await demoPeople(story);
  const admin = withRole(people, 'administrator');
  const person = story.person('desk-delivery');
  const page = await person.open('/', { viewport: DESKTOP });
  await page.locator('.demo button', { hasText: admin.label }).first().click();
  await page.locator('.frame nav').waitFor();
  await page.locator('.frame header .end button').last().click();
  await page.locator('.ant-dropdown-menu-item', { hasText: '通知方式' }).click();
  const dialog = page.locator('.ant-modal');
  await dialog.locator('input[type=email]').waitFor();
  await dialog.locator('.ant-radio-wrapper', { hasText: '汇总' }).click();
  await dialog.locator('.ant-btn-primary').click();
  await dialog.locator('.ant-alert-error', { hasText: '邮箱' }).waitFor();
  story.check('mail without an address is refused with its reason', true);
  await dialog.locator('input[type=email]').fill('admin@office.example');
  await person.shot('desk-ways');
  await story.accessible('how I am told', person);
  await dialog.locator('.ant-btn-primary').click();
  await dialog.first().waitFor({ state: 'hidden' });
  const { body: ways } = await admin.api.get('/session/ways');
  story.equal('the choice is kept', ways, { email: 'admin@office.example', urgent_mail: false, rest: 'digest' });
  await page.locator('.frame nav a', { hasText: '通知送达' }).click();
  await page.locator('h1', { hasText: '通知送达' }).waitFor();
  await page.locator('.empty-why, tbody tr.ant-table-row').first().waitFor();
  await person.shot('desk-deliveries');
  await story.accessible('delivery', person);
}
