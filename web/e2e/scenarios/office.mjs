// The office's own pages: what a street keeps in order – devices, tables, users, records, quarantine, the map.

import { until } from '../api.mjs';
import { DESKTOP, PHONE } from '../browser.mjs';
import { demoPeople, withRole } from '../people.mjs';

export const name = 'office';

/** Of this run only: a run that broke off may have left rows behind. */
const STAMP = Date.now() % 10_000_000;
const UNKNOWN = `nobody-knows-${STAMP}`;
const MISSPELT = `misspelt-${STAMP}`;

export async function run(story) {
  const people = await demoPeople(story);
  const admin = await atDesk(story, withRole(people, 'administrator'));
  const source = await devices(story, admin);
  const device = await importDevices(story, admin, source);
  await quarantine(story, admin, device);
  await users(story, admin, await importUsers(story, admin));
  await rules(story, admin);
  const cadre = withRole(people, 'cadre');
  const atCadre = await atDesk(story, cadre);
  await persons(story, atCadre);
  await map(story, atCadre, cadre);
  await indicators(story, await atDesk(story, withRole(people, 'duty_desk')), withRole(people, 'duty_desk'));
  const officer = await log(story, people, cadre);
  await narrow(story, admin, ['/devices', '/users', '/imports', '/rules', '/quarantine']);
  await narrow(story, atCadre, ['/persons', '/map']);
  await narrow(story, officer, ['/log']);
}

/** A picture of the page at rest: what slides or fades in has arrived. */
async function shot(person, label) {
  await person.page.evaluate(() => Promise.allSettled(document.getAnimations().map((a) => (a.effect?.getComputedTiming().endTime === Infinity ? null : a.finished))));
  await person.page.waitForFunction(() => !document.querySelector('[class*="-enter"], [class*="-appear"]'));
  await person.shot(label);
}

/** Opens the desktop and signs in with the one click of the demonstration. */
export async function atDesk(story, who, path = '/') {
  const person = story.person(`desk-${who.name}`);
  const page = await person.open(path, { viewport: DESKTOP });
  await page.locator('.demo button', { hasText: who.label }).first().click();
  await page.locator('.frame nav').waitFor();
  return person;
}

/** Each number with its formula, what it is made of, and its cases; divided by area; the link is the view. */
async function indicators(story, whole, desk) {
  const { page } = whole;
  await page.locator('.frame nav a', { hasText: '指标' }).click();
  await page.locator('[data-indicator=reported]').waitFor();
  const { body: report } = await desk.api.get('/indicators?period=month');
  const shown = await page.locator('tr', { has: page.locator('[data-indicator=reported]') }).locator('.value strong').textContent();
  const of = (code) => report.whole.find((n) => n.code === code).now;
  story.equal('the number is the server\'s', Number(shown.replaceAll(',', '')), of('reported').value);
  story.check('there is something to count', of('reported').value > 0);
  await shot(whole, 'desk-indicators');
  await story.accessible('indicators', whole);
  await page.locator('[data-indicator=filed_rate]').click();
  await page.locator('.ant-drawer .number-facts').waitFor();
  await page.locator('.ant-drawer tbody a').first().waitFor();
  const rows = await page.locator('.ant-drawer tbody a').count();
  story.equal('its cases are as many as it counts', rows, Math.min(of('filed_rate').numerator, 50));
  await shot(whole, 'desk-indicator-rows');
  await story.accessible('the rows of an indicator', whole);
  await page.locator('.ant-drawer .ant-drawer-close').click();
  await page.goto(`${story.base}/indicators?period=stat_month&by=area`);
  await page.locator('tbody button.link').first().waitFor();
  story.check('the address is the view', (await page.locator('.as-of').textContent()).includes('-26'));
  await shot(whole, 'desk-indicators-by-area');
  await narrow(story, whole, ['/indicators']);
}

async function devices(story, whole) {
  const { page } = whole;
  await page.locator('.frame nav a', { hasText: '设备' }).click();
  await page.locator('.rates strong').first().waitFor();
  const rates = await page.locator('.rates strong').allTextContents();
  story.check('each class has its online rate', rates.length > 5 && rates.every((r) => /%|不监测/.test(r)), rates.join(' '));
  await shot(whole, 'desk-devices');
  await story.accessible('devices', whole);
  await page.locator('tbody a').first().click();
  await page.locator('.ant-drawer .spark svg, .ant-drawer .block p').first().waitFor();
  story.check('a device says what it is for', (await page.locator('.ant-drawer', { hasText: '用途与依据' }).count()) === 1);
  await shot(whole, 'desk-device');
  await page.locator('.ant-drawer .ant-drawer-close').click();

  await page.locator('button', { hasText: '网关与接口' }).click();
  const drawer = page.locator('.ant-drawer');
  const label = `e2e-${STAMP}`;
  await drawer.locator('input').nth(0).fill(label);
  await drawer.locator('input').nth(1).fill(`src-${label}`);
  await drawer.locator('button', { hasText: '生成口令' }).click();
  await drawer.locator('.secret-line code').first().waitFor();
  const secret = await drawer.locator('.secret-line code').nth(1).textContent();
  const basic = Buffer.from(`${label}:${secret?.trim()}`).toString('base64');
  const send = (id, device) => {
    const row = JSON.stringify({ id, device, observed_at: new Date().toISOString(), measure: 'smoke', value: false });
    return fetch(`${story.base}/api/v1/readings`, { method: 'POST', body: row, headers: { authorization: `Basic ${basic}` } });
  };
  const receipt = await until('the gateway to be known', async () => {
    const answer = await send('x1', UNKNOWN);
    return answer.ok ? answer.json() : null;
  });
  story.equal('the new gateway may send; an unknown device goes to quarantine', [receipt.accepted, receipt.quarantined], [0, 1]);
  await send('x2', MISSPELT);
  await shot(whole, 'desk-credential');
  await drawer.locator('.ant-drawer-close').click();
  await drawer.first().waitFor({ state: 'hidden' });
  return `src-${label}`;
}

async function quarantine(story, person, device) {
  const { page } = person;
  await page.locator('.frame nav a', { hasText: '隔离区' }).click();
  const row = page.locator('tbody tr.ant-table-row', { hasText: UNKNOWN }).first();
  await until('the row in quarantine', async () => {
    if (await row.count()) return true;
    await page.reload();
    await page.locator('tbody').waitFor();
    return false;
  });
  await shot(person, 'desk-quarantine');
  await story.accessible('quarantine', person);
  await row.locator('button', { hasText: '改正' }).click();
  await page.locator('.ant-modal button', { hasText: '重新提交' }).click();
  await page.locator('.ant-modal .problem').waitFor();
  story.check('what is still wrong is refused with its reason', true);
  await page.locator('.ant-modal button', { hasText: /取\s*消/ }).click();
  await page.locator('.ant-modal').first().waitFor({ state: 'hidden' });
  await row.locator('button', { hasText: '作废' }).click();
  await page.locator('.ant-modal input').fill('测试设备，没有这台');
  await page.locator('.ant-modal .ant-btn-dangerous').click();
  await page.locator('tbody tr.ant-table-row', { hasText: UNKNOWN }).first().waitFor({ state: 'detached' });
  story.check('a discarded row leaves the list', true);

  const misspelt = page.locator('tbody tr.ant-table-row', { hasText: MISSPELT }).first();
  await misspelt.locator('button', { hasText: '改正' }).click();
  const text = page.locator('.ant-modal textarea');
  await text.fill((await text.inputValue()).replace(MISSPELT, device));
  await shot(person, 'desk-quarantine-correct');
  await page.locator('.ant-modal button', { hasText: '重新提交' }).click();
  await misspelt.waitFor({ state: 'detached' });
  const seen = await until('the corrected reading to count for its device', async () => {
    const { body } = await (await story.api.signIn('admin', 'linli-demo')).get(`/devices/${device}`);
    return body.last_seen;
  });
  story.check('a corrected row is taken as if it had come right', Boolean(seen));
}

/** A table without the columns is refused as a whole, a right one goes in: the device the gateway meant. */
async function importDevices(story, person, source) {
  const { page } = person;
  await page.locator('.frame nav a', { hasText: '导入' }).click();
  await page.locator('.ant-steps-item', { hasText: '设备' }).click();
  await page.locator('a[href*="imports/devices/template"]').waitFor();
  const choose = (name, table) => page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(`\ufeff${table}`) });
  await choose('错.csv', '甲,乙\n1,2\n');
  await page.locator('.problem', { hasText: '设备编号' }).waitFor();
  story.check('a table without its columns is told which are missing', true);
  await shot(person, 'desk-import-wrong');
  const device = `e2e-d${STAMP}`;
  await choose('设备.csv', `设备编号,类别,名称,区域,来源,测量项,用途\n${device},烟感,试验烟感,${await home(story)},${source},smoke,演示导入\n`);
  await page.locator('button', { hasText: '导入这 1 行' }).click();
  await page.locator('.ant-alert-success').waitFor();
  await page.locator('.frame nav a', { hasText: '设备' }).click();
  await page.locator('.tools input[type=search]').fill(device);
  await page.locator('.tools input[type=search]').press('Enter');
  await page.locator('tbody tr.ant-table-row', { hasText: device }).waitFor();
  story.check('the imported device stands in the list', true);
  return device;
}

async function home(story) {
  const { body: areas } = await (await story.api.signIn('admin', 'linli-demo')).get('/areas?down_to=residential_area');
  return areas.find((a) => a.level === 'residential_area').id;
}

async function importUsers(story, person) {
  const { page } = person;
  await page.locator('.frame nav a', { hasText: '导入' }).click();
  await page.locator('.ant-steps-item', { hasText: '用户' }).click();
  await page.locator('a[href*="imports/users/template"]').waitFor();
  const login = `u${STAMP}`;
  const area = await home(story);
  const table = `账号,姓名,角色,区域\n${login},演示员,居委干部,${area}\n坏 账号,某某,不存在的角色,${area}\n`;
  await page.locator('input[type=file]').setInputFiles({ name: '用户.csv', mimeType: 'text/csv', buffer: Buffer.from(`\ufeff${table}`) });
  await page.locator('.ant-alert', { hasText: '1 行可以导入' }).waitFor();
  story.check('the trial names the row with mistakes', (await page.locator('.block tbody tr').count()) === 1);
  await shot(person, 'desk-import');
  await story.accessible('import', person);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a', { hasText: '下载带原因的表格' }).click()]);
  story.check('the refused rows come back as a table', /\.xlsx$/.test(download.suggestedFilename()), download.suggestedFilename());
  await page.locator('button', { hasText: '导入这 1 行' }).click();
  await page.locator('.raw', { hasText: login }).waitFor();
  const password = (await page.locator('.raw', { hasText: login }).first().textContent()).trim().split('\t')[1];
  const signedIn = await story.api.signIn(login, password);
  story.equal('the imported user signs in with the first password', signedIn.me.user.login, login);
  return login;
}

async function users(story, person, login) {
  const { page } = person;
  await page.locator('.frame nav a', { hasText: '用户与岗位' }).click();
  await page.locator('tbody tr.ant-table-row').first().waitFor();
  await shot(person, 'desk-users');
  await story.accessible('users', person);
  await page.locator('.tools input[type=search]').fill(login);
  await page.locator('tbody tr.ant-table-row', { hasText: login }).first().locator('button', { hasText: '停用' }).click();
  await page.locator('.ant-modal-confirm .ant-btn-dangerous').click();
  await page.locator('tbody tr.ant-table-row', { hasText: '已停用' }).first().waitFor();
  story.check('a disabled user is marked', true);
}

async function rules(story, person) {
  const { page } = person;
  await page.locator('.frame nav').getByRole('link', { name: '规则', exact: true }).click();
  await page.locator('.ant-collapse-item').first().waitFor();
  await page.locator('.ant-collapse-header').first().click();
  await page.locator('.ant-collapse details summary').first().waitFor();
  await shot(person, 'desk-rules');
  await story.accessible('rules', person);
}

async function persons(story, person) {
  const { page } = person;
  // At once after signing in: the case list must not call back whoever has already gone on.
  await page.locator('.frame nav a', { hasText: '人房档案' }).click();
  await page.locator('tbody tr.ant-table-row').first().waitFor();
  const names = await page.locator('tbody tr.ant-table-row td:first-child').allTextContents();
  story.check('names are masked', names.filter(Boolean).every((n) => n.includes('*')), names.slice(0, 5).join(' '));
  await shot(person, 'desk-persons');
  await story.accessible('people', person);
  await page.clock.install();
  await page.locator('tbody button', { hasText: '打开档案' }).first().click();
  const dialog = page.locator('.ant-modal');
  await dialog.locator('label', { hasText: '紧急查看' }).click();
  await dialog.locator('textarea').fill('敲');
  await dialog.locator('button', { hasText: '打开档案' }).click();
  await dialog.locator('.ant-form-item-explain-error').waitFor();
  story.check('a reason of one character is not enough', true);
  await dialog.locator('textarea').fill('敲门无人应，邻居说听到呼救');
  await dialog.locator('button', { hasText: '打开档案' }).click();
  await dialog.locator('[role=timer]').waitFor();
  await shot(person, 'desk-person-open');
  await story.accessible('a record', person);
  await page.clock.fastForward(61_000);
  await dialog.first().waitFor({ state: 'hidden' });
  const left = await page.evaluate(() => document.body.textContent.includes('紧急联系人'));
  story.check('after a minute the record closes itself and nothing of it stays in the page', !left);
}

async function map(story, person, cadre) {
  const { page } = person;
  await page.locator('.frame nav a', { hasText: '地图' }).click();
  await page.locator('.maplibregl-canvas').waitFor();
  await page.locator('.map-marker').first().waitFor();
  await shot(person, 'desk-map');
  await story.accessible('map', person);
  const marks = await page.locator('.map-marker').count();
  const listed = await page.locator('aside .building').count();
  story.check('every mark has its line in the list', listed >= marks && marks > 0, `${marks} marks, ${listed} lines`);
  await page.locator('aside .building').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('aside h2', { hasText: '在办案件' }).waitFor();
  await shot(person, 'desk-map-building');
  await page.locator('aside a.building').first().waitFor();
  story.check('a building opens by the keyboard', (await page.locator('aside a.building').count()) > 0);
  await page.locator('aside button', { hasText: '回到全部' }).click();
  const all = (await cadre.api.get('/map/clusters')).body;
  const said = await page.locator('aside [role=status]').textContent();
  story.check('the list beside the map says how much is open, and where', said.includes(`${all.clusters.length} 处有 ${all.open} 件`), said);
  await page.locator('.case-tabs button', { hasText: '待受理' }).click();
  const fresh = (await cadre.api.get('/map/clusters?tab=to_accept')).body;
  await page.locator('aside [role=status]', { hasText: `${fresh.open} 件` }).waitFor();
  const { tabs } = (await cadre.api.get('/cases/counts')).body;
  story.check('the map has the filter of the list, in its address', page.url().includes('tab=to_accept') && fresh.open === tabs.to_accept, `${fresh.open} of ${all.open}, ${tabs.to_accept} in the list`);
  await page.locator('aside a', { hasText: '用列表看同样的案件' }).click();
  await page.locator('.case-tabs button[data-tab=to_accept][aria-pressed=true]').waitFor();
  await page.goBack();
  await page.locator('.maplibregl-canvas').waitFor();
  await page.locator('.case-tabs button', { hasText: '全部' }).click();
  for (let n = 0; n < 5; n += 1) {
    await page.locator('.maplibregl-ctrl-zoom-out').click();
    await page.waitForTimeout(400);
  }
  await page.locator('.map-marker.several').first().waitFor();
  await shot(person, 'desk-map-far');
  const far = await page.locator('.map-marker').count();
  story.check('from afar neighbours are one mark', far < all.clusters.length, `${far} marks for ${all.clusters.length} places`);
}

async function log(story, people, cadre) {
  const officer = people.find((p) => p.roles.includes('data_officer'));
  if (!officer) throw new Error('no demo account is the data officer');
  const person = await atDesk(story, officer);
  const { page } = person;
  await page.locator('.frame nav a', { hasText: '查看记录' }).click();
  const row = page.locator('tbody tr.ant-table-row', { hasText: '邻居说听到呼救' }).first();
  await row.waitFor();
  story.check('the look stands in the log with who and why', (await row.textContent()).includes(cadre.user.name));
  await page.locator('button', { hasText: '核对完整性' }).click();
  await page.locator('.ant-alert-success').waitFor();
  await shot(person, 'desk-log');
  await story.accessible('access log', person);
  const notices = await officer.api.get('/inbox');
  story.check('the data officer was told', notices.body.items.some((n) => n.reason === 'break_glass'), notices.body.items.map((n) => n.reason).join(' '));
  return person;
}

async function narrow(story, person, paths) {
  const { page } = person;
  await page.setViewportSize(PHONE);
  for (const path of paths) {
    await page.goto(story.base + path);
    await page.locator('.page h1, .map-page h1').waitFor();
    await page.locator('.ant-table-placeholder, .ant-spin-spinning').first().waitFor({ state: 'detached' });
    await shot(person, `desk-narrow${path.replace('/', '-')}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - globalThis.innerWidth);
    story.check(`${path} at 390 px: nothing sticks out sideways`, wide <= 0, `${wide} px`);
    await story.accessible(`${path} at 390 px`, person);
  }
}
