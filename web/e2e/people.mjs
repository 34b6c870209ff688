// The demonstration's people, by what they may do.

/** Every demo account signed in over the API, with its roles. */
export async function demoPeople(story) {
  const accounts = await story.api.demoAccounts();
  if (accounts.length === 0) throw new Error('the server names no demo accounts');
  const people = [];
  for (const account of accounts) {
    const api = await story.api.signIn(account.name, account.password);
    people.push({ ...account, api, user: api.me.user, roles: api.me.posts.map((p) => p.role.code) });
  }
  return people;
}

export function withRole(people, ...roles) {
  const found = people.find((p) => p.roles.some((r) => roles.includes(r)));
  if (!found) throw new Error(`no demo account is ${roles.join(' or ')}`);
  return found;
}

/** Opens the phone entry and signs in with the one tap of the demonstration. */
export async function onPhone(story, who, path = '/m/') {
  const person = story.person(`phone-${who.name}`);
  const page = await person.open(path);
  await page.locator('.sign-in .button.quiet', { hasText: who.label }).first().click();
  await page.locator('.tabs').waitFor();
  return person;
}

/** Who of them may verify the case, as the server says. */
export async function whoMay(people, caseId, action) {
  for (const one of people) {
    const { status, body } = await one.api.get(`/cases/${caseId}`);
    if (status !== 200) continue;
    if (body.available_actions.some((a) => a.code === action && a.enabled)) return one;
  }
  return null;
}
