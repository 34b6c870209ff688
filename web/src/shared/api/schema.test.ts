import { readFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, it } from 'vitest';

it('the_client_is_the_one_generated_from_the_document', async () => {
  const document = JSON.parse(readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8'));
  const generated = astToString(await openapiTS(document));
  const kept = readFileSync(new URL('./schema.d.ts', import.meta.url), 'utf8');
  expect(kept.endsWith(generated), 'run `npm run client`').toBe(true);
}, 30_000);
