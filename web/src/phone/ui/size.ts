// Text size: one attribute on the page, kept on the phone. The system's own text scale works besides.

const KEY = 'linli.large';

export function isLarge(): boolean {
  return localStorage.getItem(KEY) === '1';
}
export function applySize(): void {
  document.documentElement.toggleAttribute('data-large', isLarge());
}
export function switchSize(): boolean {
  localStorage.setItem(KEY, isLarge() ? '0' : '1');
  applySize();
  return isLarge();
}
