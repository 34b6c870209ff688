// People with a browser each. Taps and keys are counted from trusted events, as the budgets mean them.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** What is fetched anew is there by then. */
const SETTLED_MS_MAX = 20_000;

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1440, height: 900 };

function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {
      // The next one.
    }
  }
  throw new Error('no Chromium: install it (Debian: chromium) or set CHROMIUM');
}

export function launch() {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-dev-shm-usage'],
  });
}

/** Counts what a hand does: pointer clicks and key presses, over all pages of the tab. */
const COUNT = () => {
  const read = () => JSON.parse(sessionStorage.getItem('e2e.hand') ?? '{"taps":0,"keys":0}');
  const add = (what) => {
    const hand = read();
    hand[what] += 1;
    sessionStorage.setItem('e2e.hand', JSON.stringify(hand));
  };
  // A click on a label makes a second, synthetic one on its field: detail 0 or a label's own is not a finger.
  let last = 0;
  addEventListener(
    'pointerdown',
    (event) => {
      if (event.isTrusted && event.timeStamp !== last) add('taps');
      last = event.timeStamp;
    },
    true,
  );
  addEventListener('keydown', (event) => event.isTrusted && add('keys'), true);
};

export class Person {
  constructor(browser, base, out, name) {
    Object.assign(this, { browser, base, out, name });
    this.faults = [];
    /** What the server refused or did not answer, oldest first. */
    this.refusals = [];
  }

  /** @param {{viewport?: object, js?: boolean, lang?: string}} how */
  async open(path, how = {}) {
    if (!this.page) {
      this.context = await this.browser.newContext({
        viewport: how.viewport ?? PHONE,
        javaScriptEnabled: how.js ?? true,
        locale: how.lang ?? 'zh-CN',
        timezoneId: 'Asia/Shanghai',
        hasTouch: (how.viewport ?? PHONE) === PHONE,
        // A dialog that still moves slips away between the press and the release of a click, on a slow machine.
        reducedMotion: 'reduce',
        baseURL: this.base,
      });
      if (how.js ?? true) await this.context.addInitScript(COUNT);
      this.page = await this.context.newPage();
      this.watch(this.page);
    }
    await this.page.goto(this.base + path);
    return this.page;
  }

  /** Script errors and policy violations are faults of the page, whatever the story was. */
  watch(page) {
    page.on('pageerror', (fault) => this.faults.push(`${this.name}: ${fault.message}`));
    page.on('response', (response) => {
      if (response.status() >= 400) this.refusals.push(`${response.request().method()} ${new URL(response.url()).pathname} ${response.status()}`);
    });
    page.on('requestfailed', (request) => this.refusals.push(`${request.method()} ${new URL(request.url()).pathname} ${request.failure()?.errorText}`));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) this.faults.push(`${this.name}: ${message.text()}`);
    });
  }

  async tab(path) {
    const page = await this.context.newPage();
    this.watch(page);
    await page.goto(this.base + path);
    return page;
  }

  /** What the hand did since the last call. */
  async hand() {
    return this.page.evaluate(() => {
      const hand = JSON.parse(sessionStorage.getItem('e2e.hand') ?? '{"taps":0,"keys":0}');
      sessionStorage.removeItem('e2e.hand');
      return hand;
    });
  }

  async shot(label) {
    await this.page.screenshot({ path: join(this.out, `${label}.png`), fullPage: true });
  }

  /** Where the person stands when a story breaks off: the page, what it says went wrong or asks, what was refused last. */
  async standing() {
    const said = await this.page.locator('.problem, .ant-modal-wrap:visible, [role=alert], .ant-message').allInnerTexts();
    return [new URL(this.page.url()).pathname, ...said.map((text) => text.replaceAll(/\s+/g, ' ').trim().slice(0, 300)), ...this.refusals.slice(-5)].filter(Boolean);
  }

  /** axe's findings of WCAG 2.2 AA on the page as it stands. */
  async axe(page = this.page) {
    // Evaluated by the debugger, not as a script element: the page's own policy stays in force.
    await page.evaluate(AXE);
    // A dialog that is still fading in is not yet what a person reads.
    await page.waitForFunction(() =>
      document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity),
    );
    // Nor is a table that pales while its rows are fetched anew.
    await page.waitForFunction(() => !document.querySelector('.ant-spin-blur, .ant-spin-spinning'), undefined, { timeout: SETTLED_MS_MAX });
    const { violations } = await page.evaluate(() =>
      globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
    );
    return violations.map((v) => `${v.id}: ${v.help} (${v.nodes.length}: ${v.nodes[0]?.target.join(' ')})`);
  }

  async close() {
    await this.context?.close();
  }
}
