// An order of the hotline at the desk: filed with its number, its time and its kind, found by one of its levels, told apart
// from one that is there already, followed by its own clocks, answered and called back.

import { DESKTOP } from '../browser.mjs';
import { demoPeople, withRole } from '../people.mjs';
import { atDesk } from './office.mjs';

export const name = 'orders';

const STAMP = String(Date.now() % 100_000_000);
const NUMBER = `GD-${STAMP}`;

export async function run(story) {
  const people = await demoPeople(story);
  const desk = withRole(people, 'duty_desk');
  const person = await atDesk(story, desk, '/file');
  const { page } = person;
  await begin(page);
  await page.locator('.file-form button[type=submit]').click();
  const missing = page.locator('.ant-form-item-explain-error');
  await missing.nth(3).waitFor();
  story.check('what an order needs is named', (await missing.allTextContents()).join(' ').includes('请填写工单号'));
  await person.shot('order-missing');
  await fill(page, NUMBER);
  await person.shot('order');
  await story.accessible('an order of the hotline', person);
  await page.setViewportSize({ width: 390, height: 844 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  story.check('an order fits a narrow window', wide <= 0, `${wide} px too wide`);
  await person.shot('order-narrow');
  await page.setViewportSize(DESKTOP);
  await page.locator('.file-form button[type=submit]').click();
  await page.locator('.filed').waitFor();
  story.check('no claim code for who is not here', (await page.locator('.filed .code').count()) === 0);
  await person.shot('order-filed');
  await page.locator('.filed a', { hasText: '看这个案件' }).click();
  await page.locator('.facts', { hasText: NUMBER }).waitFor();
  const id = page.url().split('/cases/')[1].split('?')[0];
  const { body: view } = await desk.api.get(`/cases/${id}`);
  story.equal('of the class of its matter', view.class.code, 'traffic.parking');
  story.equal('its title is what was said', view.title, '楼下车位被占三天');
  story.check('its first contact runs', view.promises.some((p) => p.kind === 'first_contact' && p.state === 'open'));
  await person.shot('order-case');
  await story.accessible('the case of an order', person);
  await twice(story, person);
  await found(story, person);
  await contacted(story, people, id);
  await groupVolume(story, person);
}

async function begin(page) {
  await page.locator('.file-form').waitFor();
  await page.locator('.file-form .ant-radio-button-wrapper', { hasText: '12345 工单' }).click();
  await page.locator('#order_number').waitFor();
}

async function fill(page, number) {
  await page.locator('#order_number').fill(number);
  await page.locator('.file-form .ant-radio-button-wrapper', { hasText: '投诉求助' }).click();
  await page.locator('#class').fill('停车管理');
  await page.locator('.ant-select-item-option', { hasText: '停车管理' }).first().click();
  await page.locator('#area').click();
  await page.keyboard.type('1号');
  await page.locator('.ant-select-tree-title', { hasText: '1号' }).first().click();
  await page.locator('#text').fill('【市级工单】楼下车位被占三天【请先行联系】');
}

/** The same number written otherwise is the same order. */
async function twice(story, person) {
  const { page } = person;
  await page.goto(`${story.base}/file`);
  await begin(page);
  await fill(page, ` gd-${STAMP} `);
  await page.locator('.file-form button[type=submit]').click();
  const alert = page.locator('.ant-alert-error', { hasText: '没有重复登记' });
  await alert.waitFor();
  story.check('an order is filed once, and under which case it is', (await alert.textContent()).includes(NUMBER));
  await person.shot('order-twice');
}

async function found(story, { page }) {
  await page.goto(`${story.base}/cases?tab=all&q=${NUMBER}`);
  await page.locator('.case-row', { hasText: '楼下车位被占三天' }).waitFor();
  story.equal('an order is found by its number', await page.locator('.case-row').count(), 1);
}

/** A word to the reporter keeps the first contact. */
async function contacted(story, people, id) {
  const desk = withRole(people, 'duty_desk');
  const { body: before } = await desk.api.get(`/cases/${id}`);
  const owner = people.find((p) => p.api.me.user.id === before.owner.id) ?? desk;
  const note = { command: 'note', text: '已电话联系，今天下午上门', audience: 'reporter', version: before.version };
  const answer = await owner.api.post(`/cases/${id}/commands`, note);
  story.check('a word to the reporter is the first contact', answer.status < 300, JSON.stringify(answer.body));
  const { body: after } = await desk.api.get(`/cases/${id}`);
  story.equal('the first contact is kept', after.promises.find((p) => p.kind === 'first_contact')?.state, 'kept');
}

/** What the other streets of the group had is entered, too little is refused, and the score's first part is reckoned. */
async function groupVolume(story, person) {
  const { page } = person;
  await page.goto(`${story.base}/indicators`);
  const part = page.locator('.score > div').first();
  await part.locator('button').click();
  const dialog = page.locator('.ant-modal');
  const tickets = dialog.locator('input');
  const save = dialog.locator('.ant-btn-primary');
  await tickets.fill('99999999999');
  await save.click();
  await dialog.locator('.ant-alert', { hasText: '应为' }).waitFor();
  await person.shot('group-volume-wrong');
  await tickets.fill('1000');
  await story.accessible('entering the volume of the group', person);
  await save.click();
  await dialog.waitFor({ state: 'hidden' });
  await part.locator('.group-volume', { hasText: '1,000' }).waitFor();
  story.check('the share of the group has points', !(await part.locator('dd').textContent()).includes('—'));
  await part.scrollIntoViewIfNeeded();
  await person.shot('group-volume');
  await page.setViewportSize({ width: 390, height: 844 });
  await person.shot('group-volume-narrow');
  await page.setViewportSize(DESKTOP);
}
