import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Tree = { [key: string]: string | Tree };

const here = import.meta.dirname;

function flat(tree: Tree, path: string): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as [string, string]] : flat(value, `${path}${key}.`),
  );
}

/** Every file of a language, merged under its page's name. */
function catalogue(lang: 'zh' | 'en'): Map<string, string> {
  const files = readdirSync(join(here, lang)).filter((f) => f.endsWith('.json'));
  return new Map(files.flatMap((f) => flat(JSON.parse(readFileSync(join(here, lang, f), 'utf8')) as Tree, `${f.slice(0, -5)}.`)));
}

const slots = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((m) => m[1]).sort();

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? sources(join(folder, e.name)) : /\.tsx?$/.test(e.name) && !/\.test\./.test(e.name) ? [join(folder, e.name)] : [],
  );
}

describe('the two catalogues', () => {
  const [chinese, english] = [catalogue('zh'), catalogue('en')];
  const text = ['desktop', 'shared'].flatMap((f) => sources(join(here, '..', f))).map((f) => readFileSync(f, 'utf8')).join('\n');

  it('have_the_same_keys', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
  });

  it('have_the_same_slots_and_no_empty_text', () => {
    for (const [key, words] of chinese) {
      expect(words.length, key).toBeGreaterThan(0);
      expect(english.get(key)?.length ?? 0, key).toBeGreaterThan(0);
      expect(slots(english.get(key) ?? ''), key).toEqual(slots(words));
    }
  });

  it('hold_no_key_that_no_page_names', () => {
    const unused = [...chinese.keys()].filter((key) => {
      const prefix = key.slice(0, key.lastIndexOf('.') + 1);
      return !text.includes(`'${key}'`) && !text.includes(`\`${prefix}\${`);
    });
    expect(unused).toEqual([]);
  });

  it('hold_every_key_the_pages_name', () => {
    const named = [...text.matchAll(/\bt\(\s*'([\w.]+)'/g)].map((m) => m[1] ?? '');
    expect([...new Set(named)].filter((key) => !chinese.has(key))).toEqual([]);
  });

  it('say_nothing_with_exclamation_marks', () => {
    for (const [key, words] of [...chinese, ...english]) expect(/[!！]/.test(words), key).toBe(false);
  });
});
