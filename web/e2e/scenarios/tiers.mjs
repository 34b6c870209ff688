// Up and down the levels: a committee stops the clock and starts it again, passes a case up, and the level above gives it
// back with a reason. Everything is done in the pages; everybody sees who has it, since when and why.

import { until } from '../api.mjs';
import { DESKTOP, PHONE } from '../browser.mjs';
import { demoPeople, withRole } from '../people.mjs';
import { atDesk } from './office.mjs';

export const name = 'tiers';

export async function run(story) {
  const people = await demoPeople(story);
  const cadre = withRole(people, 'cadre');
  const id = await filed(cadre);
  const committee = await atDesk(story, cadre, `/cases/${id}`);
  await committee.page.goto(`${story.base}/cases/${id}`);
  await committee.page.locator('[data-action=accept]').click();
  await until('it to be taken', async () => (await view(cadre, id)).stage.code === 'accepted');
  await clockStopped(story, committee, cadre, id);
  const grid = await passedUp(story, committee, cadre, people, id);
  await passedDown(story, grid, cadre, id);
  await narrow(story, committee, id);
}

const view = async (who, id) => (await who.api.get(`/cases/${id}`)).body;
const handling = (seen) => seen.promises.find((p) => p.kind === 'complete');

/** A matter of the committee's own, as its cadre writes it down. */
async function filed(cadre) {
  const area = cadre.api.me.posts.find((p) => p.role.code === 'cadre').area;
  const { status, body } = await cadre.api.post('/cases', { class: 'facility.public', text: '楼道扶手松动', area, channel: 'cadre', reporter: null });
  if (status !== 200) throw new Error(`filing: ${status} ${JSON.stringify(body)}`);
  return body.id;
}

/** Opens an action, from the row or from behind "more". */
async function open(page, code, label) {
  const button = page.locator(`[data-action=${code}]`);
  if (await button.count()) return button.click();
  await page.locator('.actions').getByRole('button', { name: '其他', exact: true }).click();
  return page.getByRole('menuitem', { name: label, exact: true }).click();
}

const sheet = (page) => page.locator('.sheet');
const send = (page) => sheet(page).locator('.ant-btn-primary:not(.ant-btn-sm)').click();

/** L4: the clock stands still with a reason everybody reads, and goes on later by as much. */
async function clockStopped(story, person, cadre, id) {
  const { page } = person;
  const before = handling(await view(cadre, id));
  await person.hand();
  await open(page, 'wait', '等待');
  await sheet(page).getByText('等材料', { exact: true }).click();
  await sheet(page).locator('.until button, .ant-btn').filter({ hasText: '明天' }).first().click();
  await sheet(page).locator('textarea').fill('扶手要订做，三天到货');
  await person.shot('tiers-1-wait');
  await story.accessible('the form that stops the clock', person);
  await send(page);
  await until('the clock to stop', async () => (await view(cadre, id)).stage.code === 'waiting');
  story.budget('stopping the clock, without the words', await person.hand(), 5);
  const stopped = handling(await view(cadre, id));
  story.equal('the promise says that it stands still', [stopped.state, stopped.paused], ['open', true]);
  await page.getByText('计时暂停').first().waitFor();
  await person.shot('tiers-2-stopped');
  await page.locator('[data-action=resume]').click();
  await until('the clock to go on', async () => (await view(cadre, id)).stage.code !== 'waiting');
  const after = handling(await view(cadre, id));
  story.check('it is due later by the time it stood still, not earlier', after.due_at >= before.due_at, [before.due_at, after.due_at]);
  const told = await page.locator('.timeline').textContent();
  story.check('the course says why', told.includes('扶手要订做'), told.slice(0, 300));
}

/** Beyond the committee's power: up, with a reason; the level above has it, and a time to decide by. */
async function passedUp(story, person, cadre, people, id) {
  const { page } = person;
  await person.hand();
  await open(page, 'pass_up', '上报');
  await sheet(page).locator('.ant-radio-button-wrapper').first().click();
  await sheet(page).locator('textarea').fill('需要街道出资更换');
  await person.shot('tiers-3-up');
  await send(page);
  const seen = await until('it to be one level up', async () => {
    const body = await view(cadre, id);
    return body && body.owner.id !== cadre.user.id ? body : null;
  });
  story.budget('passing up, without the words', await person.hand(), 4);
  const above = people.find((p) => p.user.id === seen.owner.id);
  story.check('the level above has it', Boolean(above) && above.roles.some((r) => r !== 'cadre'), seen.owner);
  story.check('with a time of its own to decide by', seen.promises.some((p) => p.kind === 'decide' && p.state === 'open'), seen.promises.map((p) => p.kind));
  const grid = await atDesk(story, above, `/cases/${id}`);
  await grid.page.goto(`${story.base}/cases/${id}`);
  await grid.page.locator('.timeline').waitFor();
  const told = await grid.page.locator('.timeline').textContent();
  story.check('and reads why', told.includes('需要街道出资更换'), told.slice(0, 300));
  await grid.shot('tiers-4-above');
  return grid;
}

/** Back down: to a place, with a reason; without one the form says so and nothing is sent. */
async function passedDown(story, grid, cadre, id) {
  const { page } = grid;
  await open(page, 'pass_down', '下派');
  await send(page);
  await sheet(page).locator('.ant-form-item-explain-error').first().waitFor();
  story.check('without a reason it is not passed down', (await view(cadre, id))?.owner.id !== cadre.user.id);
  const place = cadre.api.me.posts.find((p) => p.role.code === 'cadre').area_name;
  await sheet(page).locator('.ant-select').first().click();
  await page.keyboard.type(place.slice(0, 6));
  await page.locator('.ant-select-tree-title', { hasText: place }).first().click();
  await sheet(page).locator('textarea').fill('资金已落实，请联系施工');
  await grid.shot('tiers-5-down');
  await story.accessible('the form that passes down', grid);
  await send(page);
  const back = await until('it to be the committee’s again', async () => {
    const body = await view(cadre, id);
    return body?.owner.id === cadre.user.id ? body : null;
  });
  story.equal('the committee has to take it again', back.stage.code, 'received');
  const { body: inbox } = await cadre.api.get('/inbox');
  const told = inbox.items.some((n) => n.case_id === id && n.reason === 'assigned');
  const quiet = isQuiet(new Date());
  story.check(quiet ? 'and is told in the morning' : 'and is told', told !== quiet, inbox.items.slice(0, 3).map((n) => n.reason));
}

async function narrow(story, person, id) {
  const { page } = person;
  await page.goto(`${story.base}/cases/${id}`);
  await page.locator('.timeline').waitFor();
  await page.setViewportSize(PHONE);
  await page.waitForTimeout(400);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  story.check('a case that went up and down needs no sideways scrolling on a phone', wide <= 0, wide);
  await person.shot('tiers-6-narrow');
  await page.setViewportSize(DESKTOP);
}

/** From 21 to 8 o'clock here what can wait is not told. */
function isQuiet(at) {
  const hour = Number(new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Shanghai' }).format(at));
  return hour >= 21 || hour < 8;
}
