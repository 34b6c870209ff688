// The loop: found or reported, told, accepted, handled with note and photo, verified by someone else, answered,
// rated, closed. Everything a person does is done in the pages.

import { until } from '../api.mjs';
import { demoPeople, onPhone, whoMay, withRole } from '../people.mjs';
import { drawPhoto } from '../photo.mjs';
import { choosePlace } from './resident.mjs';

export const name = 'loop';

export async function run(story) {
  const people = await demoPeople(story);
  const photo = await drawPhoto(story.browser, 1600, 1200);
  await elder(story, people, photo);
  await report(story, people, photo);
}

/** An elder was not out for three days: the rule's case, to its end. */
async function elder(story, people, photo) {
  const desk = withRole(people, 'duty_desk');
  const found = await until(
    'a case about an elder who was not out, to be accepted by a demo account',
    async () => {
      const { body } = await desk.api.get('/cases?class=care.elder_not_out&stage=received&tab=all&limit=100');
      return body?.items?.find((row) => people.some((p) => p.user.id === row.owner.id));
    },
    // The story may still be told: two weeks take a while in a build without optimisation.
    400_000,
  );
  const owner = people.find((p) => p.user.id === found.owner.id);
  const cadre = await onPhone(story, owner);
  const page = cadre.page;
  await page.locator('.badge').first().waitFor();
  story.check('the cadre has unseen notices', Number(await page.locator('.badge').getAttribute('data-unseen')) > 0);
  await cadre.shot('phone-1-todo');
  await story.accessible('phone: to do', cadre);
  await page.locator('.tabs button').nth(1).click();
  await page.locator('.notice').first().waitFor();
  await cadre.shot('phone-2-inbox');
  await story.accessible('phone: notices', cadre);
  await page.goto(`${story.base}/m/cases/${found.id}`);
  await page.locator('.timeline li').first().waitFor();
  await page.locator('details.why summary').click();
  const why = await page.locator('details.why').textContent();
  story.check('the case says in words why it exists', why.length > 20, why);
  await cadre.shot('phone-3-case');
  await story.accessible('phone: case', cadre);

  await handle(story, cadre, owner, people, found.id, photo);
  const { body: view } = await owner.api.get(`/cases/${found.id}`);
  const kinds = view.timeline.map((t) => t.kind);
  for (const kind of ['opened', 'accepted', 'noted', 'done_proposed', 'verified_ok', 'answered']) {
    story.check(`the elder's timeline has "${kind}"`, kinds.includes(kind));
  }
  story.check('every step says who and when', view.timeline.every((t) => t.actor.label && !Number.isNaN(Date.parse(t.at))));
  story.check('with its evidence', (view.evidence?.readings_total ?? 0) > 0 && (view.evidence?.sentence ?? '').length > 5);
  story.check('who verified is not who handled', verifiers(view).every((v) => !handlers(view).includes(v)), { verifiers: verifiers(view) });
}

const by = (view, kinds) => view.timeline.filter((t) => kinds.includes(t.kind)).map((t) => t.actor.label);
const handlers = (view) => by(view, ['accepted', 'done_proposed']);
const verifiers = (view) => by(view, ['verified_ok']);

/** Accept, note with photo, done with photo, verified by another, answered: all on phones. */
async function handle(story, cadre, owner, people, caseId, photo) {
  const page = cadre.page;
  await tap(page, 'accept', '受理');
  await until('the acceptance', async () => (await stage(owner, caseId)) === 'accepted');

  await page.locator('.button', { hasText: '补充说明' }).click();
  await page.locator('.sheet textarea').fill('已上门，按铃有人应答。');
  await attach(page, page.locator('.sheet label.button'), photo);
  await page.locator('.sheet .button', { hasText: '提交' }).click();
  await page.locator('.sheet').waitFor({ state: 'detached' });
  const { body: noted } = await owner.api.get(`/cases/${caseId}`);
  const note = noted.timeline.find((t) => t.kind === 'noted');
  story.check('a note with its photo is on the timeline', note?.text.includes('已上门') && note.photos.length === 1, note);

  await page.goto(`${story.base}/m/`);
  const card = page.locator('.task', { hasText: noted.place }).first();
  await card.waitFor();
  await cadre.hand();
  await page.locator('.task').filter({ hasText: noted.class.label }).filter({ hasText: noted.place }).first().click();
  await page.locator('.timeline li').first().waitFor();
  const withPhoto = await done(page, photo);
  // Without a photo the phrase that says what was done is one tap more.
  story.budget(`closing a task ${withPhoto ? 'with a photo' : 'with a phrase'}`, await cadre.hand(), withPhoto ? 4 : 5);
  await until('proposed done', async () => (await stage(owner, caseId)) === 'proposed_done');
  await cadre.shot('phone-4-proposed');
  story.check('the handler cannot verify, and is told why', (await page.locator('.hint', { hasText: '核查' }).count()) > 0);

  const checker = await whoMay(people, caseId, 'verify');
  story.check('somebody else may verify', checker !== null && checker.user.id !== owner.user.id, checker?.name);
  const second = await onPhone(story, checker, `/m/cases/${caseId}`);
  await second.page.locator('.button', { hasText: '核查' }).first().click();
  await second.shot('phone-5-verify');
  await second.page.locator('.sheet .button', { hasText: '核查通过' }).click();
  await until('the verification', async () => (await stage(owner, caseId)) === 'verified');

  await page.locator('.button', { hasText: '答复' }).first().click();
  await page.locator('.sheet textarea').fill('已经上门看过，一切都好。');
  await page.locator('.sheet .button', { hasText: '提交' }).click();
  await until('the answer', async () => ['answered', 'closed'].includes(await stage(owner, caseId)));
  story.check('the verification reached the handler\'s page without a reload', true);
}

async function tap(page, _code, label) {
  await page.locator('.button', { hasText: label }).first().click();
  const sheet = page.locator('.sheet .button', { hasText: label });
  // An action without fields is confirmed by the same word.
  if (await sheet.count()) await sheet.first().click();
}

async function attach(page, button, photo) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button.first().click()]);
  await chooser.setFiles(photo);
  await page.locator('.preview img').first().waitFor();
}

/** 处置完成: the camera opens with the tap where a photo is needed, then result, then send. */
export async function done(page, photo) {
  const camera = page.locator('label.button', { hasText: '处置完成' });
  const withPhoto = (await camera.count()) > 0;
  if (withPhoto) {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), camera.click()]);
    await chooser.setFiles(photo);
  } else {
    await page.locator('.button', { hasText: '处置完成' }).first().click();
  }
  await page.locator('.sheet .chip', { hasText: '已解决' }).first().click();
  if (!withPhoto) await page.locator('.sheet .chips').nth(1).locator('.chip').first().click();
  await page.locator('.sheet .button', { hasText: '提交' }).click();
  await page.locator('.sheet').waitFor({ state: 'detached' });
  return withPhoto;
}

async function stage(who, caseId) {
  const { body } = await who.api.get(`/cases/${caseId}`);
  return body?.stage?.code;
}

/** A resident's report: on the phone of its owner at once, handled, answered, rated, closed. */
async function report(story, people, photo) {
  const resident = story.person('resident');
  const page = await resident.open('/r');
  await page.locator('input[type=file]').setInputFiles(photo);
  await page.locator('.preview img').waitFor();
  // A lift out of order is urgent: told at once whatever the hour, and closed with a photo.
  await page.locator('button.tile[value="facility.lift"]').click();
  await choosePlace(page);
  const near = page.locator('a.big.quiet');
  if (await near.count()) await near.click();
  const before = await Promise.all(people.map(async (p) => (await p.api.get('/inbox?limit=200')).body?.items?.length ?? 0));
  // Whoever it will be: everybody who works in a residential area looks at the phone.
  const workers = people.filter((p) => p.roles.some((r) => ['cadre', 'property_staff', 'patrol', 'volunteer', 'grid_leader'].includes(r)));
  const phones = new Map();
  for (const one of workers) phones.set(one.user.id, await onPhone(story, one));
  await page.locator('#words').fill('电梯停在三楼不动');
  await page.locator('form[data-send] button.big').click();
  await page.waitForURL(/\/r\/thanks\//);
  const began = Date.now();
  const code = (await page.locator('[data-code]').textContent()).trim();
  const number = (await page.locator('.slip dd').first().textContent()).trim();
  const desk = withRole(people, 'duty_desk');
  const row = await until('the case at the desk', async () => (await desk.api.get(`/cases?tab=all&q=${number}`)).body?.items?.[0]);
  const owner = people.find((p) => p.user.id === row.owner.id);
  story.check('the report has exactly one owner, a demo account of the place', Boolean(owner), row.owner);
  const phone = phones.get(owner.user.id);
  if (!phone) throw new Error(`the report went to ${owner.name}, who was not looking`);
  await phone.page.locator('.toast').waitFor({ timeout: 10_000 });
  story.check(`the notice is on the owner's phone without a reload (${Date.now() - began} ms)`, true);
  await phone.shot('phone-6-toast');
  story.check('the inbox has one more', ((await owner.api.get('/inbox?limit=200')).body?.items?.length ?? 0) > before[people.indexOf(owner)]);
  await phone.page.goto(`${story.base}/m/cases/${row.id}`);
  await phone.page.locator('.timeline li').first().waitFor();
  await handle(story, phone, owner, people, row.id, photo);

  await page.goto(`${story.base}/f/${code}`);
  await resident.shot('resident-7-answered');
  await story.accessible('follow, answered', resident);
  story.check('the reporter reads the answer', (await page.locator('main').textContent()).includes('一切都好'));
  await resident.hand();
  await page.locator('.face').first().click();
  await page.waitForURL(/done=rated/);
  story.budget('rating', await resident.hand(), 1);
  await resident.shot('resident-8-rated');
  await story.accessible('follow, rated', resident);
  const { body: view } = await desk.api.get(`/cases/${row.id}`);
  story.equal('rated and confirmed, the case is closed', view.stage.code, 'closed');
  story.equal('the rating is stored', view.ratings.map((r) => r.satisfied.code), ['satisfied']);
}
