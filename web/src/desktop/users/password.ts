// A first password that can be read out over the telephone: no letter that looks like another.

const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const LENGTH = 12;

export function firstPassword(): string {
  const bytes = crypto.getRandomValues(new Uint32Array(LENGTH));
  return [...bytes].map((n) => LETTERS[n % LETTERS.length]).join('');
}
