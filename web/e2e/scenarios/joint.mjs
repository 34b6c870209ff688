// More than one owes something: more time asked for and granted one level up, a co-handler's task on a phone, time per
// step; and routing rules drafted, replayed over old cases, switched on and off again.

import { until } from '../api.mjs';
import { DESKTOP, PHONE } from '../browser.mjs';
import { demoPeople, onPhone, withRole } from '../people.mjs';
import { atDesk } from './office.mjs';

export const name = 'joint';

export async function run(story) {
  const people = await demoPeople(story);
  const [desk, grid, cadre, property] = ['duty_desk', 'grid_leader', 'cadre', 'property_staff'].map((role) => withRole(people, role));
  const id = await given(desk, cadre, story);
  const atCadre = await atDesk(story, cadre, `/cases/${id}`);
  await moreTime(story, atCadre, grid, cadre, id);
  await help(story, atCadre, property, cadre, id);
  await routing(story, await atDesk(story, desk, '/'), desk);
}

/** To begin with: a case of the demonstration's cadre. */
async function given(desk, cadre, story) {
  const area = cadre.api.me.posts[0].area;
  const filed = await desk.api.post('/cases', { class: 'facility.public', text: '楼道扶手松动，需要更换', area, channel: 'window' });
  const id = filed.body.id;
  const { body: posts } = await desk.api.get('/posts');
  const post = posts.find((p) => p.name === cadre.user.name && p.role === '居委干部');
  const { body: view } = await desk.api.get(`/cases/${id}`);
  if (view.owner.id !== cadre.user.id) {
    const moved = await desk.api.post(`/cases/${id}/commands`, { command: 'reassign', to: post.id, reason: '演示', version: view.version });
    story.equal('the case is the cadre\'s', moved.status, 200);
  }
  return id;
}

const due = (view) => view.promises.find((p) => p.kind === 'complete').due_at;

async function more(page, label) {
  const direct = page.locator('.actions .row > button', { hasText: label });
  if (await direct.count()) return direct.first().click();
  await page.locator('.actions button', { hasText: '更多' }).click();
  await page.locator('.ant-dropdown-menu-item', { hasText: label }).click();
}

async function moreTime(story, atCadre, grid, cadre, id) {
  const { page } = atCadre;
  await page.goto(`${story.base}/cases/${id}`);
  await page.locator('.actions button', { hasText: '受理' }).first().click();
  await page.locator('.said').waitFor();
  await more(page, '申请延期');
  await page.locator('.sheet input').first().fill('2');
  await page.locator('.sheet textarea').fill('配件要从厂家订，周四才到。');
  await atCadre.shot('extension-ask');
  await story.accessible('asking for more time', atCadre);
  await page.locator('.sheet .ant-btn-primary').click();
  await page.locator('.asked').waitFor();
  story.check('the case says what was asked, of whom, until when', /2 工作日/.test(await page.locator('.asked').textContent()), await page.locator('.asked').textContent());
  story.equal('who asked cannot grant it', await page.locator('.actions button', { hasText: '同意延期' }).count(), 0);
  const before = due((await cadre.api.get(`/cases/${id}`)).body);
  const above = await atDesk(story, grid, '/');
  await above.page.goto(`${story.base}/cases/${id}`);
  await above.page.locator('.actions button', { hasText: '同意延期' }).first().waitFor();
  await above.shot('extension-grant');
  await above.page.locator('.actions button', { hasText: '同意延期' }).filter({ hasNotText: '不' }).first().click();
  await above.page.locator('.sheet .ant-btn-primary').click();
  await above.page.locator('.said').waitFor();
  const after = due((await cadre.api.get(`/cases/${id}`)).body);
  story.check('the clock moved when it was granted', after > before, { before, after });
  await page.locator('.asked').waitFor({ state: 'detached' });
  story.check('the cadre\'s page heard of it by itself', true);
}

async function help(story, atCadre, property, cadre, id) {
  const { page } = atCadre;
  await more(page, '邀请协办');
  await page.locator('.sheet .ant-select').first().click();
  await page.keyboard.type(property.user.name);
  await page.locator('.ant-select-item-option', { hasText: property.user.name }).first().click();
  await page.locator('.sheet textarea').first().fill('请拆下旧扶手，量好尺寸');
  await page.locator('.sheet input[role=spinbutton]').fill('1');
  await atCadre.shot('task-ask');
  await page.locator('.sheet .ant-btn-primary').click();
  await page.locator('.tasks li').waitFor();
  await atCadre.shot('task-asked');
  await story.accessible('a case with a task', atCadre);

  const phone = await onPhone(story, property, '/m/');
  story.check('the co-handler finds it among what is theirs', await until('the task', async () => {
    const { body } = await property.api.get('/cases?tab=mine&limit=100');
    return body.items.some((c) => c.id === id);
  }));
  await phone.page.goto(`${story.base}/m/cases/${id}`);
  await phone.page.locator('.button', { hasText: '接受协办' }).first().waitFor();
  await phone.shot('phone-task');
  await story.accessible('phone: a task', phone);
  await phone.page.locator('.button', { hasText: '接受协办' }).first().click();
  await phone.page.locator('.sheet .button').first().click();
  await phone.page.locator('.sheet').waitFor({ state: 'detached' });
  await phone.page.locator('.button', { hasText: '协办完成' }).first().click();
  await phone.page.locator('.sheet textarea').fill('已拆下，长 1.2 米');
  await phone.shot('phone-task-done');
  await phone.page.locator('.sheet .button', { hasText: '提交' }).click();
  await phone.page.locator('.sheet').waitFor({ state: 'detached' });
  const { body: view } = await cadre.api.get(`/cases/${id}`);
  story.equal('the task is done, and its promise kept', [view.tasks[0].state.code, view.tasks[0].promise.state], ['done', 'kept']);
  await page.locator('.tasks .state', { hasText: '已完成' }).waitFor();
  await page.locator('details.steps summary').click();
  await atCadre.shot('steps');
}

const RULES = `[[rule]]
code = "facilities"
label = { zh = "公共设施由网格长受理", en = "Facilities go to the grid leader" }
classes = ["facility.public"]
roles = ["grid_leader"]
`;

async function routing(story, atDesk_, desk) {
  const { page } = atDesk_;
  await page.locator('.frame nav a', { hasText: '分派规则' }).click();
  await page.locator('button', { hasText: '写新版本' }).click();
  const as = async (view) => {
    await page.locator('.draft .ant-segmented:not(.ant-segmented-disabled)').waitFor();
    await page.locator('.draft .ant-segmented-item', { hasText: view }).click();
  };
  await as('文本');
  await page.locator('.draft textarea').fill('[[rule]]\ncode = "x"\n');
  await page.locator('.draft .ant-alert').waitFor();
  story.check('what is wrong cannot be kept', await page.locator('button', { hasText: '保存草稿' }).isDisabled());
  await atDesk_.shot('routing-mistake');
  await page.locator('.draft textarea').fill(RULES);
  await page.locator('.draft .ant-alert').waitFor({ state: 'detached' });
  await as('表单');
  const words = page.locator('.rules-form [data-rule=facilities] .words');
  await words.filter({ hasText: '网格长' }).waitFor();
  await page.locator('.rules-form .name').click();
  await page.locator('.rule-fields').getByLabel('在办少于').fill('200');
  await words.filter({ hasText: '在办少于 200 件' }).waitFor();
  story.check('the server says in words what the form came to', true);
  await page.locator('.draft button', { hasText: '加一条规则' }).click();
  await page.locator('.draft .ant-alert', { hasText: '中文和英文名称' }).waitFor();
  await atDesk_.shot('routing-form');
  await story.accessible('routing rules as a form', atDesk_);
  await page.locator('.rules-form li').last().locator('button', { hasText: '删除' }).click();
  await page.locator('.ant-popconfirm .ant-btn-primary').click();
  await page.locator('.draft .ant-alert').waitFor({ state: 'detached' });
  await as('文本');
  const text = await page.locator('.draft textarea').inputValue();
  story.check('the form is the text', text.includes('open_cases_max = 200') && text.includes('code = "facilities"'), text);
  await page.locator('.draft .note input').fill('设施类先由网格长研判');
  await page.locator('button', { hasText: '保存草稿' }).click();
  const version = page.locator('.version').first();
  await version.waitFor();
  await version.locator('button', { hasText: '推演' }).click();
  await version.locator('.result').waitFor();
  const said = await version.locator('.result').textContent();
  story.check('the replay counts what would have gone to somebody else', /件中 \d+ 件会派给别人/.test(said), said);
  story.check('and says what it knows of then', said.includes('按当时有效的岗位和值班表推演'));
  await atDesk_.shot('routing-replay');
  await story.accessible('routing rules', atDesk_);
  await version.locator('button', { hasText: '启用' }).click();
  await page.locator('.ant-popconfirm .ant-btn-primary').click();
  await page.locator('.routing-now', { hasText: '正在使用' }).waitFor();
  const { body: on } = await desk.api.get('/routing');
  story.check('it is on', on.on === on.versions[0].version);
  await page.locator('.routing-now button', { hasText: '停用' }).click();
  await page.locator('.ant-popconfirm .ant-btn-primary').last().click();
  await page.locator('.routing-now', { hasText: '没有启用规则' }).waitFor();
  story.equal('and off again', (await desk.api.get('/routing')).body.on ?? null, null);
  await page.setViewportSize(PHONE);
  await atDesk_.shot('routing-narrow');
  await page.setViewportSize(DESKTOP);
}
