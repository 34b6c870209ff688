// Runs the browser stories against the real binary and counts them.

import { readdir, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Api, until } from './api.mjs';
import { launch, Person } from './browser.mjs';
import { startServer } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.env.LINLI_E2E_OUT ?? join(here, 'out');
const wanted = process.argv.slice(2);

/** What a story gets: people, the API to look things up, and checks that say what they check. */
class Story {
  /** `data`: the server's folder, where it was started here. */
  constructor(name, browser, base, data) {
    Object.assign(this, { name, browser, base, data, passed: 0, failures: [], people: [] });
    this.api = new Api(base);
  }
  person(name) {
    const person = new Person(this.browser, this.base, out, `${this.name}/${name}`);
    this.people.push(person);
    return person;
  }
  check(what, holds, more = '') {
    if (holds) {
      this.passed += 1;
      console.log(`  ok    ${what}`);
    } else {
      this.failures.push(what);
      console.log(`  FAIL  ${what}${more === '' ? '' : `: ${typeof more === 'string' ? more : JSON.stringify(more)}`}`);
    }
  }
  equal(what, got, expected) {
    this.check(what, JSON.stringify(got) === JSON.stringify(expected), `got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
  }
  async accessible(what, person, page) {
    const found = await person.axe(page);
    this.check(`${what}: no accessibility finding`, found.length === 0, found.join('; '));
  }
  /** A budget of ux.md: at most so many taps, and keys. */
  budget(what, hand, taps, keys = 0) {
    this.check(`${what}: ${hand.taps} taps of ${taps}, ${hand.keys} keys of ${keys}`, hand.taps <= taps && hand.keys <= keys);
  }
  async finish() {
    const faults = this.people.flatMap((p) => p.faults);
    this.check('no script error and no policy violation', faults.length === 0, faults.join('; '));
    for (const person of this.people) await person.close();
  }
}

/** Two weeks take a while in a build without optimisation, on a machine that does other things. */
const TOLD_MS_MAX = 600_000;
/** While the story is told the server's clock is behind ours. */
const PRESENT_MS = 60_000;

async function isLive(base) {
  const response = await fetch(`${base}/api/v1/session`);
  const { now } = await response.json();
  return Math.abs(Date.now() - Date.parse(now)) < PRESENT_MS;
}

async function main() {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const files = (await readdir(join(here, 'scenarios'))).filter((f) => f.endsWith('.mjs')).sort();
  const stories = (await Promise.all(files.map((f) => import(join(here, 'scenarios', f))))).filter(
    (s) => wanted.length === 0 || wanted.some((w) => s.name.includes(w)),
  );
  const running = process.env.LINLI_URL;
  const binary = process.env.LINLI_BIN ?? join(here, '../../target/debug/linli');
  const speed = process.env.LINLI_SPEED ? ['--speed', process.env.LINLI_SPEED] : [];
  const server = running ? { url: running, readyMs: 0, stop: async () => 0 } : await startServer(binary, out, speed);
  console.log(`server ready at ${server.url} after ${(server.readyMs / 1000).toFixed(1)} s`);
  if (!running) {
    const began = Date.now();
    await until('the story of the demonstration to be told', () => isLive(server.url), TOLD_MS_MAX);
    console.log(`its two weeks were told after ${((Date.now() - began) / 1000).toFixed(0)} s more`);
  }
  const browser = await launch();
  let passed = 0;
  const failures = [];
  for (const story of stories) {
    console.log(`\n${story.name}`);
    const run = new Story(story.name, browser, server.url, server.data);
    try {
      await story.run(run);
    } catch (fault) {
      run.failures.push(`${story.name} broke off`);
      console.log(`  FAIL  broke off: ${fault.stack ?? fault}`);
      for (const [n, person] of run.people.entries()) {
        await person.shot(`broken-${story.name}-${n}`).catch(() => undefined);
        console.log(`        ${person.name}: ${(await person.standing().catch(() => ['no page'])).join(' | ')}`);
      }
    }
    await run.finish().catch((fault) => run.failures.push(String(fault)));
    passed += run.passed;
    failures.push(...run.failures.map((f) => `${story.name}: ${f}`));
  }
  await browser.close();
  const code = await server.stop();
  if (!running && code !== 0) failures.push(`the server ended with ${code}`);
  console.log(`\n${failures.map((f) => `FAILED ${f}\n`).join('')}${passed} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;
}

await main();
