// Trying and explaining a rule: from a case to how it was decided in one click, why a device made nothing known, and a
// threshold dragged until the sentence pleases, set for the area, and taken back.

import { until } from '../api.mjs';
import { DESKTOP, PHONE } from '../browser.mjs';
import { demoPeople, withRole } from '../people.mjs';

export const name = 'rules';

/** ux.md: dragging a threshold recomputes a month of one rule; a build without optimisation is given more. */
const RECOMPUTED_MS_MAX = 60_000;

export async function run(story) {
  const people = await demoPeople(story);
  const desk = withRole(people, 'duty_desk');
  const tried = await aRuleWithFindings(desk);
  const person = await signIn(story, desk);
  await trace(story, person, desk);
  await whyNot(story, person, desk, tried);
  await drag(story, person, desk, tried);
  await countsOnly(story, person, desk);
  await english(story, person, tried);
  await narrow(story, person, tried);
  await noRight(story, people, tried);
}

async function signIn(story, who) {
  const person = story.person(`rules-${who.name}`);
  const page = await person.open('/', { viewport: DESKTOP });
  await page.getByRole('button', { name: who.label, exact: true }).click();
  await page.locator('.case-tabs').waitFor();
  return person;
}

/** A rule about devices that told something, with one of its devices: a backtest says which. */
async function aRuleWithFindings(desk) {
  const { body: rules } = await desk.api.get('/rules');
  for (const rule of rules.filter((r) => r.parameters.length > 0 && !r.mandatory)) {
    const { body: found } = await desk.api.get(`/rules/${rule.rule}/subjects`);
    for (const device of (found ?? []).filter((s) => s.subject.startsWith('device:')).slice(0, 4)) {
      const { status, body } = await desk.api.get(`/rules/${rule.rule}/curve?subject=${device.subject}`);
      if (status === 200 && body.series.length > 0 && body.in_force.episodes.length > 0) return { rule, device };
    }
  }
  throw new Error('no rule of the demonstration told something of a device');
}

/** ux.md: find "why" from a case in one click. */
async function trace(story, person, desk) {
  const { page } = person;
  const { body: list } = await desk.api.get('/cases?tab=all&limit=200');
  let of = null;
  for (const row of list.items) {
    const { body: one } = await desk.api.get(`/cases/${row.id}`);
    const evidence = one.evidence?.[0] ?? one.evidence;
    if (evidence?.finding && !evidence.by_day) {
      const { body } = await desk.api.get(`/findings/${evidence.finding}/trace`);
      if (body?.explanation?.verdict === 'holds') of = { id: row.id, finding: evidence.finding };
    }
    if (of) break;
  }
  story.check('a case of the demonstration was opened by a rule', of !== null);
  if (!of) return;
  await page.goto(`${story.base}/cases/${of.id}`);
  const link = page.getByRole('link', { name: '看判断过程' }).first();
  await link.waitFor();
  await person.hand();
  await link.click();
  await page.locator('.rule-graph svg').waitFor();
  story.budget('from a case to how it was decided', await person.hand(), 1);
  story.check('the address is the finding’s own', page.url().endsWith(`/findings/${of.finding}`), page.url());
  story.check('the drawing has the signal that decides', (await page.locator('.rule-graph .node.decides.true').count()) > 0);
  await page.locator('.rule-graph summary').click();
  story.check('and a list that says the same', (await page.locator('.signals > li').count()) > 0);
  const decided = await page.locator('.condition li.decided').first().textContent();
  story.check('a condition says in words what decided', /低于|高于|是|成立/.test(decided), decided);
  await person.shot('rules-1-trace');
  await story.accessible('trace', person);
  await page.getByRole('tab', { name: '变量' }).click();
  await page.getByRole('tab', { name: '相关读数' }).click();
  await page.locator('.curve .chart canvas').first().waitFor();
  await page.locator('.curve summary').first().click();
  story.check('the curve has a table beside it', (await page.locator('.curve .figures tbody tr').count()) > 0);
  await person.shot('rules-2-readings');
  await story.accessible('trace: readings', person);
}

async function whyNot(story, person, desk, { rule, device }) {
  const { page } = person;
  await page.goto(`${story.base}/devices/${device.subject.slice('device:'.length)}`);
  const link = page.getByRole('listitem').filter({ hasText: rule.name }).getByRole('link', { name: '为什么没报？' });
  await link.waitFor();
  await person.hand();
  await link.click();
  await page.locator('.verdict').waitFor();
  story.budget('from a device to why it made nothing known', await person.hand(), 1);
  const said = await page.locator('.verdict').textContent();
  const { body: answer } = await desk.api.get(`/rules/${rule.rule}/explanation?subject=${device.subject}`);
  story.check('the verdict is a sentence', said.includes('不成立') || said.includes('成立') || said.includes('无法判断'), said);
  story.check('with the first condition that is not met', answer.verdict === 'holds' || said.includes('第一个不满足的条件'), said);
  await person.shot('rules-3-why');
  await story.accessible('why not', person);
  await stopNear(story, person, page);
  await page.getByRole('button', { name: '查找险些报出' }).click();
  await page.locator('.near', { hasText: '条读数' }).waitFor({ timeout: RECOMPUTED_MS_MAX });
  story.check('dull readings are counted, near misses told', (await page.locator('.near').textContent()).includes('没有改变任何结论'));
  await person.shot('rules-4-near');
  await story.accessible('near misses', person);
  await page.goto(`${story.base}/why`);
  await page.locator('.empty-why').waitFor();
  story.check('without a rule the page says what to choose', (await page.locator('.empty-why').textContent()).includes('请选规则'));
}

/** While near misses are worked out their progress is shown, and they are stopped at the server. */
async function stopNear(story, person, page) {
  // A slow line: the question arrives when it is let go.
  let go;
  const line = new Promise((done) => { go = done; });
  await page.route('**/near-misses', async (route) => {
    await line;
    await route.continue();
  });
  await page.getByRole('button', { name: '查找险些报出' }).click();
  await page.locator('.near').getByRole('progressbar').waitFor();
  await person.shot('rules-4-near-runs');
  await story.accessible('near misses that run', person);
  await page.locator('.near').getByRole('button', { name: '停止' }).click();
  await page.locator('.near', { hasText: '已停止' }).waitFor();
  const told = page.waitForResponse((r) => r.request().method() === 'DELETE' && r.url().includes('/near-misses/'));
  go();
  story.check('what is stopped on the page is stopped at the server', (await told).status() === 200);
  await page.unroute('**/near-misses');
}

/** The sentence follows the hand; what pleases becomes the area's own, and is taken back. */
async function drag(story, person, desk, { rule, device }) {
  const { page } = person;
  const setter = desk.api.me.sections.includes('rule_set');
  await page.goto(`${story.base}/rules/${rule.rule}?area=${device.area.code}&subject=${encodeURIComponent(device.subject)}`);
  const sentence = page.locator('.try-sentence .sentence:not(.soft)');
  await sentence.waitFor({ timeout: RECOMPUTED_MS_MAX });
  const before = await sentence.textContent();
  story.check('the sentence says what the rule in force would have raised', before.includes('本会发出') && before.includes('与现行规则相同'), before);
  await page.locator('.results .chart canvas').first().waitFor();
  await page.locator('.results .curve').nth(1).locator('canvas').waitFor({ timeout: RECOMPUTED_MS_MAX });

  const slider = page.getByRole('slider').first();
  await slider.focus();
  await person.hand();
  await page.keyboard.press('End');
  await page.locator('.try-sentence .sentence.soft').waitFor();
  await page.waitForFunction((was) => {
    const now = document.querySelector('.try-sentence .sentence:not(.soft)');
    return now !== null && now.textContent !== was;
  }, before, { timeout: RECOMPUTED_MS_MAX });
  const after = await sentence.textContent();
  story.check('the slider is moved by a key and the sentence follows', after !== before, after);
  story.budget('a threshold at its bound', await person.hand(), 0, 1);
  await page.locator('.results .curve').nth(1).locator('canvas').waitFor();
  await page.waitForTimeout(600);
  await person.shot('rules-5-tried');
  await story.accessible('backtest', person);
  story.check('what rules cost a shift stands below', (await page.locator('.load').textContent()).includes('每班'));

  if (!setter) throw new Error('the duty desk may not set values');
  const parameter = rule.parameters[0].name;
  const own = async () => {
    const { body } = await desk.api.get(`/rules/${rule.rule}/values?area=${device.area.code}`);
    return body.own.includes(parameter);
  };
  story.check('the area has set nothing before', !(await own()));
  await page.locator('.set-area .ant-btn-primary').click();
  await page.locator('.set-area .ant-alert').waitFor();
  story.check('it is the area’s own', await own());
  await person.shot('rules-6-set');
  await story.accessible('set for an area', person);
  await page.getByRole('button', { name: '撤销' }).click();
  await page.getByText('已撤销').waitFor();
  story.check('and undone it is not', !(await own()));

  const versions = page.locator('details.versions');
  await versions.locator('summary').click();
  await versions.locator('li').nth(2).waitFor();
  story.check('every version is listed with who made it', (await versions.textContent()).includes('第 2 版'));
  const first = versions.locator('li', { hasText: '第 1 版' }).last();
  await first.getByRole('button', { name: '恢复到这一版' }).click();
  await first.locator('input').fill('夜间仍然偏低');
  await person.shot('rules-7-versions');
  await story.accessible('versions of what an area has set', person);
  await first.locator('form .ant-btn-primary').click();
  await versions.locator('li', { hasText: '夜间仍然偏低' }).waitFor();
  story.check('one goes back to an older version, with the reason', await own());
  const street = versions.locator('li').last();
  await street.getByRole('button', { name: '恢复到这一版' }).click();
  await street.locator('input').fill('试验结束');
  await street.locator('form .ant-btn-primary').click();
  await versions.locator('li', { hasText: '试验结束' }).waitFor();
  story.check('and to what everybody has', !(await own()));
}

/** G13: about homes, the desk sees counts. */
async function countsOnly(story, person, desk) {
  const { page } = person;
  const { body: rules } = await desk.api.get('/rules');
  const homes = rules.find((r) => r.rule === 'elder_not_out');
  if (!homes) throw new Error('the demonstration has no rule about homes');
  await page.goto(`${story.base}/rules/${homes.rule}`);
  await page.locator('.try-sentence .sentence:not(.soft)').waitFor({ timeout: RECOMPUTED_MS_MAX });
  const { body } = await desk.api.post(`/rules/${homes.rule}/backtests`, {});
  const only = await until('the backtest', async () => (await desk.api.get(`/backtests/${body.id}`)).body.result, RECOMPUTED_MS_MAX);
  const said = await page.locator('.backtest').textContent();
  story.check('who may not open records sees counts, and is told so', only.counts_only === said.includes('只能看到合计数'), said.slice(0, 300));
  await person.shot('rules-7-counts');
  await story.accessible('backtest: counts only', person);
}

async function english(story, person, { rule, device }) {
  const { page } = person;
  await page.goto(`${story.base}/rules/${rule.rule}?area=${device.area.code}&subject=${encodeURIComponent(device.subject)}`);
  await page.locator('.try-sentence').waitFor();
  await page.getByRole('button', { name: 'English' }).click();
  await page.locator('.backtest', { hasText: 'Try it on the past' }).waitFor();
  const words = await page.locator('.backtest .inputs').textContent();
  story.check('the pane is English throughout', !/试|报|级别/.test(words), words);
  await page.locator('.try-sentence .sentence:not(.soft)').waitFor({ timeout: RECOMPUTED_MS_MAX });
  await page.getByRole('slider').first().focus();
  await page.keyboard.press('Home');
  await page.locator('.try-sentence .sentence.soft').waitFor();
  await page.locator('.try-sentence .sentence:not(.soft)').waitFor({ timeout: RECOMPUTED_MS_MAX });
  await page.locator('.results .curve').nth(1).locator('canvas').waitFor({ timeout: RECOMPUTED_MS_MAX });
  await page.waitForTimeout(800);
  await person.shot('rules-8-english');
  // The picture of docs/guide/trying-rules.md.
  if (process.env.LINLI_IMAGES) await page.screenshot({ path: `${process.env.LINLI_IMAGES}/trying-a-rule.png` });
  await page.getByRole('button', { name: '中文' }).click();
  await page.locator('.backtest', { hasText: '用过去的数据试一试' }).waitFor();
}

async function narrow(story, person, { rule, device }) {
  const { page } = person;
  await page.setViewportSize(PHONE);
  const why = `/why?rule=${rule.rule}&subject=${encodeURIComponent(device.subject)}`;
  for (const [n, path] of [`/rules/${rule.rule}?subject=${encodeURIComponent(device.subject)}`, why].entries()) {
    await page.goto(story.base + path);
    await page.locator('.page h1').waitFor();
    await page.locator(n === 0 ? '.results .chart canvas' : '.rule-graph svg').first().waitFor({ timeout: RECOMPUTED_MS_MAX });
    await page.waitForTimeout(400);
    const wide = await page.evaluate(() => {
      const main = document.querySelector('main');
      return Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
    });
    story.check(`${path.split('?')[0]} needs no sideways scrolling on a phone`, wide <= 0, wide);
    await person.shot(`rules-9-narrow-${n}`);
    await story.accessible(`${path.split('?')[0]} on a phone`, person);
  }
  await page.setViewportSize(DESKTOP);
}

async function noRight(story, people, { rule }) {
  const outside = people.find((p) => !p.api.me.sections.includes('rule_try'));
  if (!outside) throw new Error('every demo account may try rules');
  const person = story.person(`rules-${outside.name}`);
  const page = await person.open(`/rules/${rule.rule}`, { viewport: DESKTOP });
  await page.getByRole('button', { name: outside.label, exact: true }).click();
  await page.locator('.empty-why').waitFor();
  story.check('who may not try a rule is told so, and reads it', (await page.locator('.page').textContent()).includes('没有试用规则的岗位'));
  await page.goto(`${story.base}/why`);
  await page.locator('.empty-why').waitFor();
  story.check('and may not ask why', (await page.locator('.empty-why').textContent()).includes('岗位'));
  await person.shot('rules-10-no-right');
}
