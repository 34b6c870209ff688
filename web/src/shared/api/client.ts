// Talking to the server. Every path, parameter and answer is typed by the OpenAPI document.
//
// Invariants
// - WC1 Every unsafe request carries the session's CSRF value, every request the language of the page.
// - WC2 What the server refuses comes back as one kind of error, with the server's own sentence.

import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema';
import { currentLang } from '../i18n';

export type Shape = components['schemas'];
export type Problem = Shape['Problem'];

/** The server said no, or was not reached (status 0). */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
  get status(): number {
    return this.problem.status;
  }
}

let csrf = '';
export function setCsrf(value: string): void {
  csrf = value;
}

export function requestHeaders(method: string): Record<string, string> {
  return {
    'Accept-Language': currentLang() === 'zh' ? 'zh-CN' : 'en',
    ...(method === 'GET' ? {} : { 'X-Linli-Csrf': csrf }),
  };
}

const speaks: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(requestHeaders(request.method))) request.headers.set(name, value);
    return request;
  },
  onError() {
    return new Refused(unreached());
  },
};

function unreached(): Problem {
  return { type: 'about:blank', title: 'unreached', status: 0, code: 'unreached', detail: '' };
}

export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin' });
api.use(speaks);

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's body, or the refusal thrown. */
export async function ask<T>(answer: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  throw new Refused(problemOf(error, response));
}

function problemOf(error: unknown, response: Response): Problem {
  if (error && typeof error === 'object' && 'code' in error) return { ...(error as Problem), status: response.status };
  return { type: 'about:blank', title: response.statusText, status: response.status, code: `status_${response.status}`, detail: '' };
}

/** Sends one file as a form, for the endpoints that take files. */
export async function upload<T>(path: string, file: Blob, name = 'file'): Promise<T> {
  const form = new FormData();
  form.append('file', file, name);
  let response: Response;
  try {
    response = await fetch(path, { method: 'POST', body: form, credentials: 'same-origin', headers: requestHeaders('POST') });
  } catch {
    throw new Refused(unreached());
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  throw new Refused(problemOf(body, response));
}
