// Many reporters, one case: merged and taken apart with every reporter told, joined before filing, asked on the phone,
// disputed and reviewed by somebody else. Everything a person does is done in the pages.

import { until } from '../api.mjs';
import { DESKTOP } from '../browser.mjs';
import { demoPeople, onPhone, whoMay, withRole } from '../people.mjs';
import { choosePlace } from './resident.mjs';

export const name = 'together';

export async function run(story) {
  const people = await demoPeople(story);
  const desk = withRole(people, 'duty_desk');
  await mergedAndApart(story, people, desk);
  await joinedAndCalled(story, people, desk);
  await disputed(story, people, desk);
}

/** A resident reports something of this class at the first place; gives the code, the case and the page. */
async function reported(story, desk, klass, words) {
  const resident = story.person(`resident-${words}`);
  const page = await resident.open('/r');
  await page.locator(`button.tile[value="${klass}"]`).click();
  await choosePlace(page);
  // What neighbours reported is offered first; this one is another matter, or so they think.
  const other = page.locator('a.big.quiet');
  if (await other.count()) await other.first().click();
  await page.locator('#words').fill(words);
  await page.locator('form[data-send] button.big').click();
  await page.waitForURL(/\/r\/thanks\//);
  const code = (await page.locator('[data-code]').textContent()).trim();
  const number = (await page.locator('.slip dd').first().textContent()).trim();
  const row = await until('the case at the desk', async () => (await desk.api.get(`/cases?tab=all&q=${number}`)).body?.items?.[0]);
  return { resident, page, code, number, row };
}

async function atDesk(story, who, path) {
  const person = story.person(`desktop-${who.name}-${Math.random().toString(36).slice(2, 6)}`);
  const page = await person.open('/', { viewport: DESKTOP });
  await page.getByRole('button', { name: who.label, exact: true }).click();
  await page.locator('.case-tabs').waitFor();
  await page.goto(`${story.base}${path}`);
  return person;
}

const view = async (who, id) => (await who.api.get(`/cases/${id}`)).body;
const stage = async (who, id) => (await view(who, id))?.stage?.code;

async function follow(story, one) {
  await one.page.goto(`${story.base}/f/${one.code}`);
  return one.page.locator('main').textContent();
}

async function mergedAndApart(story, people, desk) {
  const first = await reported(story, desk, 'facility.public', '楼道灯不亮');
  const second = await reported(story, desk, 'facility.public', '三楼的灯坏了');
  const person = await atDesk(story, desk, `/cases/${second.row.id}`);
  const { page } = person;
  await page.locator('.alike').waitFor();
  const row = page.locator('.alike li', { hasText: '楼道灯不亮' }).first();
  story.check('what may be the same matter says why', (await row.textContent()).includes('同一地点'), await row.textContent());
  await person.shot('together-1-alike');
  await story.accessible('desktop: cases that may be the same', person);
  await person.hand();
  await row.getByRole('button').click();
  await page.locator('.sheet textarea').fill('同一盏灯');
  await page.locator('.sheet .ant-btn-primary').click();
  await until('the merge', async () => (await stage(desk, second.row.id)) === 'merged');
  story.budget('merging what is suggested', await person.hand(), 3);
  await page.locator('h3', { hasText: '关联案件' }).waitFor();
  await person.shot('together-2-merged');

  let told = await follow(story, second);
  story.check('the merged reporter is told, with their own number', told.includes('邻居反映的同一件事') && told.includes(second.number), told);
  await second.resident.shot('together-3-resident-merged');
  await story.accessible('follow, merged', second.resident);
  told = await follow(story, first);
  story.check('the other reporter sees that others reported it too', told.includes('邻居反映的同一件事'), told);
  const target = await view(desk, first.row.id);
  story.equal('the case that goes on knows both numbers', target.reporters.slice(-1)[0].number, second.number);

  await page.locator('[data-action=unmerge]').click();
  await page.locator('.sheet textarea').fill('是另一盏灯');
  await page.locator('.sheet .ant-btn-primary').click();
  await until('the case to come apart', async () => (await stage(desk, second.row.id)) === 'received');
  await page.locator('.timeline', { hasText: '拆分' }).waitFor();
  await person.shot('together-4-apart');
  told = await follow(story, second);
  story.check('the reporter is told again', told.includes('分开') && !told.includes('邻居反映的同一件事'), told);
  const clock = (await view(desk, second.row.id)).promises.find((p) => p.kind === 'complete');
  story.check('and the clock goes on', clock.state === 'open' && !clock.paused, clock);
}

/** Somebody phones about what is known: they join, are answered, called back, and what they say is marked. */
async function joinedAndCalled(story, people, desk) {
  const known = await reported(story, desk, 'facility.public', '健身器材松动');
  const person = await atDesk(story, desk, '/file');
  const { page } = person;
  await page.getByText('电话', { exact: true }).click();
  const label = known.row.class.label;
  await page.getByText(label, { exact: true }).first().click();
  await page.locator('#area').click();
  await page.keyboard.type(known.row.area.label);
  await page.locator('.ant-select-tree-title', { hasText: known.row.area.label }).first().click();
  await page.locator('#text').fill('健身器材要掉了');
  await page.locator('#name').fill('李叔叔');
  await page.locator('#phone').fill('13800138001');
  const same = page.locator('.same li', { hasText: '健身器材松动' });
  await same.waitFor();
  await person.shot('together-5-same');
  await story.accessible('desktop: what is known already', person);
  await same.getByRole('button').click();
  await page.locator('.filed .code').waitFor();
  const said = await page.locator('.filed h2').textContent();
  story.check('who joins has a number of their own', said.includes('已加入') && !said.includes(known.number), said);
  await person.shot('together-6-joined');

  const answeredBy = await answer(story, people, known.row.id);
  const seen = await view(desk, known.row.id);
  story.check('the one on the phone waits to be called', seen.reporters.some((r) => r.heard === '待回访'), seen.reporters);
  const listed = (await desk.api.get('/cases?tab=all&mark=call_back&limit=100')).body.items.map((c) => c.id);
  story.check('and the case is found by that', listed.includes(known.row.id));
  const caller = await whoMay(people, known.row.id, 'call_back');
  const phone = await onPhone(story, caller ?? answeredBy, `/m/cases/${known.row.id}`);
  await phone.page.locator('.button', { hasText: '回访' }).first().click();
  await phone.page.locator('.sheet .chip', { hasText: '已联系上' }).click();
  await phone.page.locator('.sheet .chip', { hasText: '是' }).first().click();
  await phone.page.locator('.sheet .chip', { hasText: /^满意$/ }).click();
  await phone.shot('together-7-call-back');
  await story.accessible('phone: call back', phone);
  await phone.page.locator('.sheet .button', { hasText: '提交' }).click();
  await until('what was said on the phone', async () => (await view(desk, known.row.id)).ratings.length > 0);
  const after = await view(desk, known.row.id);
  story.check('it is marked as said on the phone', after.ratings[0].by_call && after.stage.code === 'closed', after.ratings);
  await page.goto(`${story.base}/cases/${known.row.id}`);
  await page.locator('.facts', { hasText: '电话回访' }).first().waitFor();
  await person.shot('together-8-heard');
  await story.accessible('desktop: what was heard', person);
}

/** Accepted, explained, verified, answered: by whoever the server says may, in the phone pages. */
async function answer(story, people, id) {
  const step = async (action, label, fill) => {
    const who = await whoMay(people, id, action);
    if (!who) throw new Error(`nobody may ${action}`);
    const phone = await onPhone(story, who, `/m/cases/${id}`);
    const { page } = phone;
    await page.locator('.timeline li').first().waitFor();
    const before = await stage(who, id);
    await page.locator('.button', { hasText: label }).first().click();
    await fill?.(page);
    const send = page.locator('.sheet .button', { hasText: action === 'verify' ? '核查通过' : action === 'accept' ? label : '提交' });
    if (await send.count()) await send.first().click();
    await until(`${action}`, async () => (await stage(who, id)) !== before);
    return who;
  };
  await step('accept', '受理');
  await done(story, people, id);
  await step('verify', '核查');
  return step('answer', '答复', (page) => page.locator('.sheet textarea').fill('已看过，原因在说明里。'));
}

/** Explained, so that no photo is asked for: on the desk's pages, where the hint is read first. */
async function done(story, people, id) {
  const who = await whoMay(people, id, 'propose_done');
  const person = await atDesk(story, who, `/cases/${id}`);
  const { page } = person;
  await page.locator('[data-action=propose_done]').click();
  const hint = await page.locator('.sheet .hint').textContent();
  story.check('the handler reads what is wanted before saying that it is done', hint.length > 5, hint);
  await page.locator('.sheet .ant-radio-button-wrapper', { hasText: '非本级职责' }).click();
  await page.locator('.sheet label', { hasText: '转交给谁' }).waitFor();
  await person.shot('together-9-not-ours');
  await story.accessible('desktop: what is wanted', person);
  await page.locator('.sheet .ant-radio-button-wrapper', { hasText: '解释说明' }).click();
  await page.locator('.sheet label', { hasText: '转交给谁' }).waitFor({ state: 'detached' });
  await page.locator('.sheet textarea').first().fill('已现场说明');
  // The class asks for a photo of what is solved; an explanation needs none.
  await page.locator('.sheet .ant-btn-primary').click();
  await until('proposed done', async () => (await stage(who, id)) === 'proposed_done');
}

/** The reporter says that it is not solved: somebody one level up looks, returns it, and a new round has new promises. */
async function disputed(story, people, desk) {
  const one = await reported(story, desk, 'noise.neighbour', '楼上半夜拖椅子');
  const handler = await answer(story, people, one.row.id);
  await follow(story, one);
  await one.page.locator('details.card summary').click();
  await one.page.locator('button.chip').first().click();
  await one.page.waitForURL(/done=disputed/);
  await one.resident.shot('together-10-disputed');
  await story.accessible('follow, disputed', one.resident);
  const seen = await view(desk, one.row.id);
  story.equal('it is disputed', seen.stage.code, 'disputed');
  story.check('and owned by somebody who had no part in it', seen.owner.id !== handler.user.id, seen.owner);
  story.check('with a clock of its own', seen.promises.some((p) => p.kind === 'review' && p.state === 'open'), seen.promises);
  const reviewer = people.find((p) => p.user.id === seen.owner.id);
  const person = await atDesk(story, reviewer, `/cases/${one.row.id}`);
  const { page } = person;
  await page.locator('[data-action=accept]').click();
  await until('the review', async () => (await stage(desk, one.row.id)) === 'review');
  await page.locator('[data-action=review_return]').click();
  await page.locator('.sheet textarea').fill('请再上门一次');
  await person.shot('together-11-review');
  await story.accessible('desktop: review', person);
  await page.locator('.sheet .ant-btn-primary').click();
  await until('the new round', async () => (await stage(desk, one.row.id)) === 'received');
  const again = await view(desk, one.row.id);
  const open = again.promises.filter((p) => p.state === 'open').map((p) => p.kind);
  story.check('a new round has new promises', again.round === 2 && open.includes('accept') && open.includes('complete'), { round: again.round, open });
  const told = await follow(story, one);
  story.check('the reporter reads what the reviewer said', told.includes('请再上门一次'), told);
}
