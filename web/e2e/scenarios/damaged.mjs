// A backtest that fails: a day of the history cannot be read. The page says which and what to do, and tries again when asked.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PHONE } from '../browser.mjs';
import { demoPeople, withRole } from '../people.mjs';
import { atDesk } from './office.mjs';

export const name = 'damaged';

const COMPUTED_MS_MAX = 60_000;

export async function run(story) {
  if (!story.data) {
    console.log('  left out: the disk of a server that already runs is not ours to damage');
    return;
  }
  const people = await demoPeople(story);
  const desk = withRole(people, 'duty_desk');
  const { body: rules } = await desk.api.get('/rules');
  const rule = rules.find((r) => r.rule === 'hydrant_low') ?? rules.find((r) => r.parameters.length > 0 && !r.mandatory);
  const parts = await partsOfADay(story.data);
  const whole = await Promise.all(parts.files.map((file) => readFile(file)));
  // What a disk that lost its last blocks leaves.
  await Promise.all(parts.files.map((file, n) => writeFile(file, whole[n].subarray(0, whole[n].length / 2))));
  try {
    const person = await atDesk(story, desk, `/rules/${rule.rule}`);
    const { page } = person;
    const told = page.locator('.try-sentence .problem');
    await told.waitFor({ timeout: COMPUTED_MS_MAX });
    const said = await told.textContent();
    story.check('the page says which day cannot be read', said.includes(parts.day) && said.includes('读不出来'), said);
    story.check('and what to do, without a path or a word of the program', said.includes('管理员') && !/parquet|part-|\/|panic/i.test(said), said);
    story.equal('nothing is told as a result', await page.locator('.try-sentence .sentence').count(), 0);
    await person.shot('damaged-1-told');
    await story.accessible('a backtest that failed', person);
    await page.setViewportSize(PHONE);
    await page.waitForTimeout(400);
    await person.shot('damaged-2-narrow');
    story.check('on a phone it needs no sideways scrolling', (await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);

    await told.getByRole('button', { name: '再试' }).click();
    await told.waitFor({ timeout: COMPUTED_MS_MAX });
    story.check('tried again it fails again, and says so again', (await told.textContent()).includes(parts.day));
    // The administrator has put the backup back.
    await restore(parts, whole);
    await told.getByRole('button', { name: '再试' }).click();
    const sentence = page.locator('.try-sentence .sentence:not(.soft)');
    await sentence.waitFor({ timeout: COMPUTED_MS_MAX });
    story.check('and when the day can be read it is computed', (await sentence.textContent()).includes('本会发出'));
    story.equal('the failure is gone from the page', await told.count(), 0);
    await person.shot('damaged-3-again');
  } finally {
    await restore(parts, whole);
  }
}

const restore = (parts, whole) => Promise.all(parts.files.map((file, n) => writeFile(file, whole[n])));

/** The parts of one day of the history that is over and joined, so that nobody writes there any more. */
async function partsOfADay(data) {
  const history = join(data, 'history');
  const area = (await readdir(history)).find((f) => f.startsWith('area='));
  const days = (await readdir(join(history, area))).filter((f) => f.startsWith('day=')).sort();
  const folder = join(history, area, days[Math.floor(days.length / 2)]);
  const files = (await readdir(folder)).filter((f) => f.endsWith('.parquet')).map((f) => join(folder, f));
  return { day: days[Math.floor(days.length / 2)].slice('day='.length), files };
}
