// Talking to the server. Types come from the OpenAPI document; a read that finds no network gives the last
// answer kept on the phone, with its time.

import { clear, get, put } from './queue/db';
import { currentLang } from './words';

const BASE = '/api/v1';

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail?: string;
  errors?: { field: string; code: string; message: string }[];
}

/** The server said no, with its reason. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
}

/** The server was not reached, or is not itself: trying later can help. */
export class Unreached extends Error {}

let csrf = '';
export function setCsrf(value: string): void {
  csrf = value;
}

interface Kept {
  path: string;
  body: unknown;
  at: string;
}

/** `keptAt` is set when the answer is from memory. */
export interface Answer<T> {
  body: T;
  keptAt?: string;
}

export async function read<T>(path: string): Promise<Answer<T>> {
  try {
    const body = await ask<T>('GET', path);
    void put('answers', { path, body, at: new Date().toISOString() } satisfies Kept).catch(() => undefined);
    return { body };
  } catch (fault) {
    if (!(fault instanceof Unreached)) throw fault;
    const kept = await get<Kept>('answers', path).catch(() => undefined);
    if (!kept) throw fault;
    return { body: kept.body as T, keptAt: kept.at };
  }
}

export function forgetAnswers(): Promise<unknown> {
  return clear('answers').catch(() => undefined);
}

export function write<T>(method: 'POST' | 'DELETE', path: string, body?: unknown, key?: string): Promise<T> {
  const form = body instanceof FormData;
  return ask<T>(method, path, {
    body: form ? body : body === undefined ? undefined : JSON.stringify(body),
    headers: {
      ...(form || body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(key ? { 'Idempotency-Key': key } : {}),
    },
  });
}

async function ask<T>(method: string, path: string, more: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      ...more,
      method,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        'Accept-Language': currentLang() === 'zh' ? 'zh-CN' : 'en',
        ...(method === 'GET' ? {} : { 'X-Linli-Csrf': csrf }),
        ...more.headers,
      },
    });
  } catch {
    throw new Unreached('no network');
  }
  if (response.status === 204) return undefined as T;
  if (response.ok) return (await response.json()) as T;
  // A gateway's page, or the server full or restarting: not a decision about this request.
  if (response.status >= 500 || response.status === 429) throw new Unreached(`status ${response.status}`);
  throw new Refused(await problemOf(response));
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    return { ...((await response.json()) as Problem), status: response.status };
  } catch {
    return { status: response.status, code: `status_${response.status}`, title: response.statusText };
  }
}
