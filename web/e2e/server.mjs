// The real binary in a temporary data folder.

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_MS_MAX = 180_000;

/** A port nobody listens on right now. */
export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/**
 * Starts `linli demo` and waits for its line `ready http://…`.
 * @param {string} binary @param {string} outFolder @param {string[]} more
 */
export async function startServer(binary, outFolder, more = []) {
  const data = await mkdtemp(join(tmpdir(), 'linli-e2e-'));
  const port = await freePort();
  const args = ['demo', '--data', data, '--listen', `127.0.0.1:${port}`, ...more];
  const log = createWriteStream(join(outFolder, 'server.log'));
  const began = Date.now();
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.pipe(log, { end: false });
  const ended = new Promise((done) => child.once('exit', (code, signal) => done(signal ?? code)));
  const url = await new Promise((done, fail) => {
    let text = '';
    const timer = setTimeout(() => fail(new Error(`no "ready" line within ${READY_MS_MAX / 1000} s`)), READY_MS_MAX);
    child.once('error', fail);
    child.stdout.on('data', (chunk) => {
      log.write(chunk);
      text = (text + chunk).slice(-4_000);
      const ready = /^ready (http:\/\/\S+)/m.exec(text);
      if (ready) {
        clearTimeout(timer);
        done(ready[1].replace(/\/$/, ''));
      }
    });
    void ended.then((code) => fail(new Error(`the server ended (${code}) before it was ready; see ${outFolder}/server.log`)));
  });
  return {
    url,
    data,
    readyMs: Date.now() - began,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      const code = await ended;
      clearTimeout(timer);
      log.end();
      await rm(data, { recursive: true, force: true });
      return code;
    },
  };
}
