// One-tap push: the desk calls the volunteers of an area together; receipts count up while it looks.

import { until } from '../api.mjs';
import { DESKTOP, PHONE } from '../browser.mjs';
import { demoPeople, onPhone, withRole } from '../people.mjs';

export const name = 'pushes';

const WORDS = '暴雨，请到村口集合，带上手电';

export async function run(story) {
  const people = await demoPeople(story);
  const desk = withRole(people, 'duty_desk');
  const volunteer = withRole(people, 'volunteer');
  const post = volunteer.api.me.posts.find((p) => p.role.code === 'volunteer');
  const person = story.person('desk-pushes');
  const page = await person.open('/', { viewport: DESKTOP });
  await page.locator('.demo button', { hasText: desk.label }).first().click();
  await page.locator('.frame nav a', { hasText: '一键通知' }).click();
  const asked = await send(story, person, post);
  const phone = await answer(story, person, volunteer, asked);
  await languages(story, person, phone);
  await noRight(story, volunteer);
}

async function send(story, person, post) {
  const { page } = person;
  await page.locator('.page-head button', { hasText: '写通知' }).click();
  await page.locator('.push-groups label', { hasText: '志愿者' }).click();
  await page.locator('.ant-drawer .ant-select').click();
  await page.locator('.ant-select-dropdown input, .ant-drawer .ant-select input').first().fill(post.area_name);
  await page.locator('.ant-select-tree-title', { hasText: post.area_name }).first().click();
  await page.locator('.ant-radio-button-wrapper', { hasText: '紧急' }).click();
  await page.locator('.ant-drawer textarea').fill(WORDS);
  const reaches = page.locator('[data-reaches]');
  await reaches.waitFor();
  const asked = Number(await reaches.getAttribute('data-reaches'));
  story.check('the preview says how many it reaches', asked > 0, asked);
  await person.shot('desk-push-compose');
  await story.accessible('desk: compose a push', person);
  await page.locator('.ant-drawer button[type=submit]').click();
  await page.locator('.push-counts').waitFor();
  story.equal('as many are asked', await count(page, 'asked'), asked);
  return asked;
}

const count = async (page, part) => Number(await page.locator(`[data-count=${part}]`).textContent());
const comes = (page, part, n) => until(`${part} to be ${n}`, async () => (await count(page, part)) === n);

async function answer(story, desk, volunteer, asked) {
  const { page } = desk;
  const before = await count(page, 'delivered');
  story.check('receipts: nobody has it whose page was not open', before < asked, { before, asked });
  const seenBefore = await count(page, 'seen');
  const phone = await onPhone(story, volunteer, '/m/inbox');
  await phone.page.locator('.notice', { hasText: WORDS }).first().waitFor();
  await comes(page, 'delivered', before + 1);
  story.check('receipts: delivered counts up when a phone has it, live', true);
  await phone.page.locator('.notice', { hasText: WORDS }).first().locator('.whole').click();
  await phone.page.locator('.push-words', { hasText: WORDS }).waitFor();
  await comes(page, 'seen', seenBefore + 1);
  story.check('receipts: seen counts up, live', true);
  await phone.shot('phone-push');
  await story.accessible('phone: a push', phone);
  await phone.hand();
  await phone.page.locator('.button.huge', { hasText: '收到并前往' }).click();
  await phone.page.locator('.notice-good', { hasText: '前往' }).waitFor();
  story.budget('answering a push', await phone.hand(), 1);
  await comes(page, 'coming', 1);
  story.check('receipts: coming counts up, live', true);
  story.equal('nobody is done yet', await count(page, 'done'), 0);
  await phone.page.locator('.button.huge', { hasText: '已完成' }).click();
  await comes(page, 'done', 1);
  story.check('receipts: done counts up, live', true);
  await phone.shot('phone-push-answered');
  await unheard(story, desk, phone);
  await desk.shot('desk-push-receipts');
  await story.accessible('desk: receipts of a push', desk);
  await page.locator('.ant-drawer .ant-drawer-close').first().click();
  await page.locator('.push-text', { hasText: WORDS }).first().waitFor();
  await page.locator('.ant-drawer').first().waitFor({ state: 'hidden' });
  await desk.shot('desk-pushes');
  await page.setViewportSize(PHONE);
  await desk.shot('desk-pushes-narrow');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
  story.check('the list fits a narrow screen', !wide);
  await page.setViewportSize(DESKTOP);
  return phone;
}

/** In a cellar: the answer is kept, the newest one only, and arrives by itself. */
async function unheard(story, desk, phone) {
  await phone.context.setOffline(true);
  await phone.page.locator('.button.huge', { hasText: '收到并前往' }).click();
  await phone.page.locator('.waiting', { hasText: '待上传 1' }).waitFor();
  await phone.page.locator('.button.huge', { hasText: '去不了' }).click();
  await phone.page.locator('[role=status]', { hasText: '“去不了”已存在手机上' }).waitFor();
  await phone.page.locator('.waiting', { hasText: '待上传 1' }).waitFor();
  await phone.shot('phone-push-offline');
  await story.accessible('phone: an answer that waits', phone);
  story.equal('nothing was sent yet', await count(desk.page, 'done'), 1);
  await phone.context.setOffline(false);
  await phone.page.locator('.waiting').waitFor({ state: 'detached', timeout: 40_000 });
  await comes(desk.page, 'cannot', 1);
  story.check('back on the network the newest answer is sent by itself', (await count(desk.page, 'coming')) === 0);
  await phone.page.locator('.notice-good', { hasText: '去不了' }).waitFor();
  await phone.page.locator('.button.huge', { hasText: '已完成' }).click();
  await comes(desk.page, 'done', 1);
}

async function languages(story, desk, phone) {
  await desk.page.locator('button', { hasText: 'English' }).first().click();
  await desk.page.locator('h1', { hasText: 'One-tap push' }).waitFor();
  await desk.shot('desk-pushes-en');
  story.check('the page speaks English, too', (await desk.page.locator('th', { hasText: 'Receipts' }).count()) === 1);
  await phone.page.locator('.tabs button').last().click();
  await phone.page.locator('button', { hasText: 'English' }).click();
  await phone.page.locator('.tabs button', { hasText: 'Notices' }).click();
  await phone.page.locator('.notice', { hasText: WORDS }).first().locator('.whole').click();
  await phone.page.locator('.button.huge', { hasText: 'Got it, coming' }).waitFor();
  await phone.shot('phone-push-en');
}

async function noRight(story, volunteer) {
  const sent = await volunteer.api.post('/pushes', { groups: ['volunteer'], area: volunteer.api.me.posts[0].area, text: 'x' });
  story.equal('who has no right to send is refused', sent.status, 403);
}
