// Looks things up over HTTP, as an account of the demonstration. Never does what a person should do in a page.

export class Api {
  constructor(base) {
    this.base = base;
    this.cookies = new Map();
  }

  async demoAccounts() {
    const response = await fetch(`${this.base}/api/v1/session`, { headers: { Accept: 'application/json' } });
    const me = await response.json();
    return me.demo_accounts ?? [];
  }

  async signIn(name, password) {
    const response = await fetch(`${this.base}/api/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, password }),
    });
    if (!response.ok) throw new Error(`sign in as ${name}: ${response.status} ${await response.text()}`);
    const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0];
    const me = await response.json();
    return new Account(this.base, cookie, me);
  }
}

export class Account {
  constructor(base, cookie, me) {
    Object.assign(this, { base, cookie, me });
  }
  async get(path) {
    const response = await fetch(`${this.base}/api/v1${path}`, { headers: { cookie: this.cookie, Accept: 'application/json' } });
    return { status: response.status, body: await response.json().catch(() => null) };
  }
  async post(path, body) {
    const response = await fetch(`${this.base}/api/v1${path}`, {
      method: 'POST',
      headers: { cookie: this.cookie, 'Content-Type': 'application/json', 'X-Linli-Csrf': this.me.csrf ?? '' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json().catch(() => null) };
  }
}

/** Waits until `ask` gives something, or fails after `ms`. */
export async function until(what, ask, ms = 30_000) {
  const end = Date.now() + ms;
  for (;;) {
    const got = await ask();
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited ${ms / 1000} s for ${what}`);
    await new Promise((done) => setTimeout(done, 250));
  }
}
