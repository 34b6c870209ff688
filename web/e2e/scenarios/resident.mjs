// A resident reports with a photo and a place, keeps the code, follows; with and without script.

import { DESKTOP } from '../browser.mjs';
import { drawPhoto, NOT_A_PHOTO } from '../photo.mjs';

export const name = 'resident';

export async function run(story) {
  const photo = await drawPhoto(story.browser);
  await reports(story, photo);
  await corrects(story, photo);
  await withoutScript(story, photo);
  await looks(story);
}

/** Chooses the demonstration's estate where several are offered, then the first place, to where nothing is left. */
export async function choosePlace(page) {
  while (page.url().includes('/r/place')) {
    const estate = page.locator('.spots a', { hasText: '十二村' });
    await ((await estate.count()) > 0 ? estate : page.locator('.spots a')).first().click();
  }
}

async function reports(story, photo) {
  const person = story.person('resident');
  const page = await person.open('/r');
  await person.shot('resident-1-report');
  await story.accessible('report, screen 1', person);
  await person.hand();
  // The tap on the photo field is counted; the camera itself is the phone's own.
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('label.photo').click()]);
  await chooser.setFiles(photo);
  await page.locator('.preview img').waitFor();
  await person.shot('resident-2-photo');
  const size = await page.locator('input[type=file]').evaluate((input) => input.files[0].size);
  story.check(
    `the photo of ${Math.round(photo.buffer.length / 1024)} KB goes out as ${Math.round(size / 1024)} KB`,
    size > 10_000 && size <= 300 * 1024,
  );
  await page.locator('button.tile').nth(1).click();
  await page.waitForURL(/\/r\/place/);
  await person.shot('resident-3-place');
  await story.accessible('report, screen 2', person);
  await choosePlace(page);
  const near = page.locator('a.big.quiet');
  if (await near.count()) await near.click();
  await page.locator('form[data-send] button.big').waitFor();
  await person.shot('resident-4-words');
  await story.accessible('report, screen 3', person);
  await page.locator('form[data-send] button.big').click();
  await page.waitForURL(/\/r\/thanks\//);
  story.budget('a report with photo and place', await person.hand(), 7, 0);
  const code = (await page.locator('[data-code]').textContent()).trim();
  story.check('the claim code comes in four groups', /^[2-9A-Z]{4}(-[2-9A-Z]{4}){3}$/.test(code), code);
  story.check('the promise names a day', /\d+月\d+日|接手/.test(await page.locator('.slip').textContent()));
  await person.shot('resident-5-thanks');
  await story.accessible('thank-you', person);

  await page.locator('a[href^="/f/"]').first().click();
  story.check('following shows 已收到', (await page.locator('.states .now').textContent()).includes('已收到'));
  await story.accessible('follow', person);
  await person.shot('resident-6-follow');
  await page.goto(`${story.base}/f`);
  await page.locator('#code').fill(` ${code.toLowerCase().replaceAll('-', ' ')} `);
  await page.locator('main button.big').click();
  await page.waitForURL(/\/f\/[2-9A-Z-]{19}/);
  story.check('a code typed in small letters with spaces is understood', (await page.locator('.states').count()) === 1);
}

async function corrects(story, photo) {
  const person = story.person('careless');
  const page = await person.open('/r', { js: false });
  await page.locator('input[type=file]').setInputFiles(NOT_A_PHOTO);
  await page.locator('button.tile').nth(2).click();
  await page.locator('.trouble').waitFor();
  story.check('what is no photo is said', (await page.locator('.trouble').textContent()).includes('照片'));
  story.check('and the class stays chosen', (await page.locator('button.tile.chosen').count()) === 1);
  await person.shot('resident-not-a-photo');
  await page.locator('input[type=file]').setInputFiles(photo);
  await page.locator('button.tile.chosen').click();
  await choosePlace(page);
  const near = page.locator('a.big.quiet');
  if (await near.count()) await near.click();
  await page.locator('#words').fill('楼道里的灯 <b>不亮</b>');
  await page.locator('#phone').fill('12');
  await page.locator('form[data-send] button.big').click();
  story.check('a wrong number is said, what was typed is kept', (await page.locator('#words').inputValue()) === '楼道里的灯 <b>不亮</b>');
  await page.locator('#phone').fill('');
  const send = page.locator('form[data-send] button.big');
  await send.click();
  await page.waitForURL(/\/r\/thanks\//);
  const first = page.url();
  await page.goBack();
  await page.locator('form[data-send] button.big').click();
  await page.waitForURL(/\/r\/thanks\//);
  story.equal('sent twice, it is one report with one code', page.url().split('?')[0], first);
}

async function withoutScript(story, photo) {
  const person = story.person('no-script');
  const page = await person.open('/r', { js: false });
  await page.locator('input[type=file]').setInputFiles(photo);
  await page.locator('button.tile').first().click();
  await choosePlace(page);
  if (await page.locator('form[action="/r/join"]').count()) await page.locator('a.big.quiet').click();
  await page.locator('form[data-send] button.big').click();
  await page.waitForURL(/\/r\/thanks\//);
  story.check('a report with a photo is complete without script', await page.locator('[data-code]').isVisible());
  await page.goto(`${story.base}/r?elder=1`);
  await page.goto(`${story.base}/r`);
  story.check('elder mode is remembered without script', (await page.locator('body[data-elder]').count()) === 1);
}

async function looks(story) {
  for (const [label, path, how] of [
    ['resident-elder', '/r?elder=1', {}],
    ['resident-en', '/r?lang=en', {}],
    ['resident-wide', '/r', { viewport: DESKTOP }],
    ['resident-call-back', '/r/call-back', {}],
    ['resident-enter', '/f', {}],
  ]) {
    const person = story.person(label);
    const page = await person.open(path, how);
    await person.shot(label);
    await story.accessible(label, person);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - globalThis.innerWidth);
    story.check(`${label}: nothing sticks out sideways`, wide <= 0, `${wide} px`);
    if (!path.includes('elder')) continue;
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
        .filter((el) => el.offsetParent && !el.closest('.photo'))
        .filter((el) => el.getBoundingClientRect().height < 59.5)
        .map((el) => el.outerHTML.slice(0, 80)),
    );
    story.equal('elder mode: every target is at least 60 pixels high', small, []);
    const tiny = await page.evaluate(() =>
      [...document.querySelectorAll('main *, footer *, header *')]
        .filter((el) => el.offsetParent && [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
        .filter((el) => parseFloat(getComputedStyle(el).fontSize) < 24)
        .map((el) => el.outerHTML.slice(0, 80)),
    );
    story.equal('elder mode: no text under 18 points', tiny, []);
  }
}
