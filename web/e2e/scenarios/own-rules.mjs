// A committee writes a rule of its own: a mistake by its line, a try on the past, the shadow, and on; about persons somebody
// else sets it to work.

import { until } from '../api.mjs';
import { demoPeople, withRole } from '../people.mjs';
import { atDesk } from './office.mjs';

export const name = 'own-rules';

/** Of this run only. */
const CODE = `night_noise_${Date.now() % 10_000_000}`;

export async function run(story) {
  const people = await demoPeople(story);
  const who = withRole(people, 'cadre');
  const cadre = await atDesk(story, who);
  const { page } = cadre;
  await page.locator('.frame nav').getByRole('link', { name: '规则', exact: true }).click();
  await page.locator('a', { hasText: '自定规则' }).click();
  await page.locator('h1', { hasText: '自定规则' }).waitFor();
  await begin(page, CODE);
  const drawer = page.locator('.ant-drawer');
  await mistakes(story, cadre, drawer);
  await life(story, cadre, drawer);
  await versions(story, cadre, drawer);
  await page.locator('.ant-drawer .ant-drawer-close').click();
  await aboutPersons(story, people, who, cadre);
}

async function begin(page, code) {
  await page.locator('button', { hasText: '新建规则' }).first().click();
  await page.getByLabel('代码').fill(code);
  await page.locator('button', { hasText: '从样例开始' }).click();
  await page.locator('.ant-drawer textarea').waitFor();
}

async function save(drawer, change) {
  const text = drawer.locator('textarea');
  await text.fill(change(await text.inputValue()));
  await drawer.locator('button', { hasText: '保存草稿' }).click();
}

async function mistakes(story, cadre, drawer) {
  await save(drawer, (text) => text.replace('noise_db > limit', 'noise_dp > limit').replace('"attention"', '"alarm"'));
  const told = drawer.locator('.mistakes li');
  await told.first().waitFor();
  const said = await told.allTextContents();
  story.check('each mistake has its line', said.length === 2 && said.every((s) => /第 \d+ 行/.test(s)), said.join(' | '));
  story.check('what was meant is suggested', said.some((s) => s.includes('noise_db')), said.join(' | '));
  story.equal('a wrong text does not run', await drawer.locator('[data-action="shadow"]').count(), 0);
  await cadre.shot('own-rule-mistakes');
  await story.accessible('own rule', cadre);
  await save(drawer, (text) => text.replace('noise_dp', 'noise_db').replace('"alarm"', '"attention"'));
  await drawer.getByText('文字没有错误').waitFor();
}

async function life(story, cadre, drawer) {
  await drawer.locator('button', { hasText: '试一试' }).click();
  const tried = drawer.locator('.tried');
  await tried.waitFor({ timeout: 60_000 });
  story.check('a try on the past says what it would have raised', (await tried.textContent()).includes('本会发出'));
  await drawer.locator('[data-action="shadow"]').click();
  await drawer.locator('[data-action="on"]').waitFor();
  await drawer.locator('[data-action="on"]').click();
  await drawer.locator('.ant-drawer-title', { hasText: '启用' }).waitFor();
  story.equal('it is on, and can be switched off', await drawer.locator('[data-action="off"]').count(), 1);
  await cadre.shot('own-rule-on');
}

/** Another text is drafted beside the one that is on: what it changed is told, and before one goes back as well. */
async function versions(story, cadre, drawer) {
  await save(drawer, (text) => text.replace('severity = "attention"', 'severity = "urgent"'));
  const told = drawer.locator('details.versions');
  await told.locator('summary').click();
  const newest = told.locator('li[data-version]').first();
  await newest.locator('ul li', { hasText: '级别' }).waitFor();
  const said = await newest.locator('ul li').allTextContents();
  story.check('a version says what it changed, and nothing else', said.length === 1 && said[0].includes('一般 → 紧急'), said.join(' | '));
  story.equal('which one is on is marked', await told.locator('.now').count(), 1);
  await newest.scrollIntoViewIfNeeded();
  await cadre.shot('own-rule-versions');
  await story.accessible('versions of an own rule', cadre);
}

/** Who wrote it reads why not; somebody else who may approve has the button. */
async function aboutPersons(story, people, who, cadre) {
  const code = `${CODE}_p`;
  const { page } = cadre;
  await begin(page, code);
  const drawer = page.locator('.ant-drawer');
  await save(drawer, (text) => text.replace('key = "device"', 'key = "subject"'));
  const reason = drawer.locator('.not-now', { hasText: '另一位' });
  await reason.first().waitFor();
  story.equal('its author cannot set it to work', await drawer.locator('[data-action="shadow"]').count(), 0);
  const other = people.find((p) => p.name !== who.name && p.roles.some((r) => r === 'grid_leader' || r === 'duty_desk'));
  const seen = await until('another to see it', async () => {
    const { body } = await other.api.get('/own-rules');
    return body?.rules?.find((r) => r.rule === code);
  });
  story.check('a second person may', seen.actions.some((a) => a.action === 'shadow' && a.enabled), JSON.stringify(seen.actions));
}
