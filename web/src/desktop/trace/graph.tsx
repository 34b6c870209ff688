// The rule as a drawing: what it hears at the left, its signals, the one that decides at the right. What decided has a
// thick edge, what nothing reached is grey and dashed. The list under it says the same to whom a drawing says nothing.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { figure, when } from '../../shared/format';
import { measureLabel } from '../parts/measure';
import { BOX, columns, spots, type Spot } from './layout';
import { markOf, TruthMark, truthOf } from './truth';

type Explained = Shape['ExplainView'];
type Signal = Shape['SignalView'];

interface Box {
  key: string;
  title: string;
  says: string;
  mark: string;
  look: string;
  from: string[];
}

export function RuleGraph({ explained }: { explained: Explained }) {
  const { t } = useTranslation();
  const boxes = boxesOf(explained, t);
  const place = new Map(boxes.map((b, n) => [b.key, n]));
  const reads = boxes.map((b) => b.from.flatMap((f) => place.get(f) ?? []));
  const column = columns(reads).map((c) => c - 1);
  const laid = spots(column);
  return (
    <section className="rule-graph" aria-label={t('trace.graph')}>
      <div className="scroll" tabIndex={0} role="group" aria-label={t('trace.graph_scroll')}>
        <svg width={laid.width} height={laid.height} role="img" aria-label={boxes.map((b) => `${b.title}: ${b.says}`).join('; ')}>
          {boxes.flatMap((box, to) => (reads[to] ?? []).map((from) => <Edge key={`${from}-${to}`} from={laid.spots[from]} to={laid.spots[to]} decides={box.look.includes('decides') && (boxes[from]?.look.includes('decides') ?? false)} />))}
          {boxes.map((box, n) => <Drawn key={box.key} box={box} at={laid.spots[n]} />)}
        </svg>
      </div>
      <details>
        <summary>{t('trace.as_list')}</summary>
        <ol className="signals">
          {explained.signals.map((signal) => <Listed key={signal.name} signal={signal} all={explained.signals} />)}
          {explained.terms.map((term) => <li key={term}>{t('trace.terms')}: {term}</li>)}
        </ol>
      </details>
    </section>
  );
}

type T = ReturnType<typeof useTranslation>['t'];

function boxesOf(explained: Explained, t: T): Box[] {
  const heard = [...new Set(explained.signals.flatMap((s) => s.measures))];
  const measures = heard.map((code) => ({ key: `m:${code}`, title: measureLabel(code), says: t('trace.hears'), mark: '', look: 'measure decides', from: [] }));
  const signals = explained.signals.map((s, n) => ({
    key: `s:${n}`,
    title: nameOf(s, explained.signals, t),
    says: saysOf(s),
    mark: s.says.code === 'number' ? '' : markOf(truthOf(s.says.code)),
    look: [s.says.code, s.decides ? 'decides' : '', s.reached ? '' : 'unreached'].join(' '),
    // What only its inputs hear is drawn to them alone.
    from: [...s.reads.map((i) => `s:${i}`), ...s.measures.filter((m) => !s.reads.some((i) => explained.signals[i]?.measures.includes(m))).map((m) => `m:${m}`)],
  }));
  if (explained.terms.length === 0) return [...measures, ...signals];
  const shut = explained.verdict === 'not_told';
  const terms = { key: 'terms', title: t('trace.terms'), says: t(shut ? 'trace.kept_back' : 'trace.let_through'), mark: markOf(!shut), look: `${shut ? 'false' : 'true'} decides`, from: [`s:${signals.length - 1}`] };
  return [...measures, ...signals, terms];
}

/** The signal that decides is called by what the rule does; the others by their names in the rule. */
export function nameOf(signal: Signal, all: Signal[], t: T): string {
  return all[all.length - 1] === signal ? t('trace.decides_by', { what: signal.operator.label }) : `${signal.operator.label} · ${signal.name}`;
}

export const saysOf = (s: Signal) => (s.number == null ? s.says.label : figure(s.number, 3));

function Drawn({ box, at }: { box: Box; at: Spot | undefined }) {
  if (!at) return null;
  const half = box.look.startsWith('measure');
  return (
    <g transform={`translate(${at.x} ${at.y})`} className={`node ${box.look}`}>
      <title>{`${box.title}: ${box.says}`}</title>
      <rect width={BOX.width} height={BOX.height} rx={half ? BOX.height / 2 : 8} />
      <text x={BOX.width / 2} y={30} className="title">{cut(box.title)}</text>
      <text x={BOX.width / 2} y={54} className="says">{box.mark ? `${box.mark} ${box.says}` : box.says}</text>
    </g>
  );
}

function Edge({ from, to, decides }: { from: Spot | undefined; to: Spot | undefined; decides: boolean }) {
  if (!from || !to) return null;
  const [x1, y1, x2, y2] = [from.x + BOX.width, from.y + BOX.height / 2, to.x - 2, to.y + BOX.height / 2];
  const middle = (x1 + x2) / 2;
  return <path d={`M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`} className={decides ? 'edge decides' : 'edge'} />;
}

/** Wide characters count twice. */
function cut(text: string): string {
  let width = 0;
  for (const [n, c] of [...text].entries()) {
    width += /[\u2e80-\uffff]/.test(c) ? 2 : 1;
    if (width > 25) return `${[...text].slice(0, n).join('')}…`;
  }
  return text;
}

function Listed({ signal, all }: { signal: Signal; all: Signal[] }) {
  const { t } = useTranslation();
  return (
    <li className={signal.reached ? undefined : 'soft'}>
      {signal.says.code === 'number' ? null : <TruthMark truth={truthOf(signal.says.code)} />} <strong>{nameOf(signal, all, t)}</strong>: {saysOf(signal)}
      {signal.decides && <span className="stage open">{t('trace.decides')}</span>}
      {!signal.reached && <span className="stage">{t('trace.unreached')}</span>}
      {signal.reads.length > 0 && <span className="soft"> · {t('trace.reads', { what: signal.reads.map((i) => all[i]?.name).join(t('rules.comma')) })}</span>}
      {signal.measures.length > 0 && <span className="soft"> · {t('rules.hears', { what: signal.measures.map(measureLabel).join(t('rules.comma')) })}</span>}
      {signal.deadline && <span className="soft"> · {t('trace.deadline', { at: when(signal.deadline) })}</span>}
      <ul>{signal.steps.map((step) => <li key={step}>{step}</li>)}</ul>
    </li>
  );
}
