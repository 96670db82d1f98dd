// The charts as Vega-Lite specifications. A figure is a mark at the median, with a line from the least to the greatest round.
// Figures that differ by orders of magnitude are on a logarithmic axis. It has no zero, so these charts have no bars.

import type { TopLevelSpec } from 'vega-lite';
import type { BenchResult } from './run.js';
import { ratioOf, type Spread, spreadOf } from './statistics.js';
import { numberText } from './tables.js';

/** Labels, colours and shapes. The palette is by Okabe and Ito; people with any colour vision can tell its colours apart. */
const CONTENDERS: Record<string, { label: string; colour: string; shape: string }> = {
  wasm: { label: 'threadstats, wasm', colour: '#0072B2', shape: 'circle' },
  js: { label: 'threadstats, js', colour: '#E69F00', shape: 'square' },
  'datadog-metrics': { label: 'datadog-metrics', colour: '#D55E00', shape: 'triangle-up' },
  'hot-shots': { label: 'hot-shots', colour: '#CC79A7', shape: 'triangle-down' },
  'prom-client': { label: 'prom-client', colour: '#009E73', shape: 'diamond' },
  opentelemetry: { label: 'OpenTelemetry', colour: '#56B4E9', shape: 'cross' },
  'sketches-js': { label: 'sketches-js', colour: '#CC79A7', shape: 'triangle-left' },
  'hdr-histogram-js': { label: 'hdr-histogram-js', colour: '#7F7F7F', shape: 'triangle-right' },
  'hdr-histogram-js wasm': { label: 'hdr-histogram-js, wasm', colour: '#000000', shape: 'triangle-right' },
  sort: { label: 'Float64Array.sort', colour: '#7F7F7F', shape: 'cross' },
  'native Set': { label: 'Set of strings', colour: '#7F7F7F', shape: 'cross' },
  'naive Map': { label: 'Map of joined texts', colour: '#000000', shape: 'cross' },
  'caller alone': { label: 'caller without client', colour: '#7F7F7F', shape: 'arrow' },
  'wasm unsliced': { label: 'wasm, unsliced', colour: '#0072B2', shape: 'stroke' },
  'js unsliced': { label: 'js, unsliced', colour: '#E69F00', shape: 'stroke' },
};

const GREY = '#595959';
const CONFIG: TopLevelSpec['config'] = {
  background: 'white',
  font: 'Helvetica, Arial, sans-serif',
  view: { stroke: null },
  title: { anchor: 'start', frame: 'group', fontSize: 16, subtitleFontSize: 11, subtitleColor: GREY, offset: 12 },
  axis: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 10,
    gridColor: '#E3E3E3',
    domainColor: GREY,
  },
  legend: { labelFontSize: 12, symbolSize: 90, labelLimit: 0, orient: 'bottom', columns: 4, offset: 16 },
};

const BENCH_AXIS = { grid: true, ticks: false, labelLimit: 0, labelPadding: 8 } as const;

interface Row extends Spread {
  bench: string;
  contender: string;
}

/** A chart with a line for each bench and a mark for each contender. Undefined when there are no results. */
export function dotPlot(
  title: string,
  axis: string,
  subtitle: string,
  results: readonly BenchResult[],
): TopLevelSpec | undefined {
  if (results.length === 0) return undefined;
  const rows: Row[] = results.flatMap(({ name, figures }) => {
    return Object.entries(figures).map(([contender, own]) => ({ bench: name, contender: labelOf(contender), ...spreadOf(own) }));
  });
  const present = Object.entries(CONTENDERS).filter(([name]) => results.some(({ figures }) => name in figures));
  const domain = present.map(([, { label }]) => label);
  const y = { field: 'bench', type: 'nominal', sort: null, title: null, axis: BENCH_AXIS } as const;
  const x = { type: 'quantitative', title: axis, ...logarithmic(rows) } as const;
  const colour = {
    field: 'contender',
    type: 'nominal',
    title: null,
    scale: { domain, range: present.map(([, { colour }]) => colour) },
  } as const;
  return {
    title: { text: title, subtitle },
    data: { values: rows },
    width: 520,
    height: { step: 30 },
    config: CONFIG,
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2, opacity: 0.6 },
        encoding: { y, x: { field: 'min', ...x }, x2: { field: 'max' }, color: colour },
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 0.9, strokeWidth: 2 },
        encoding: {
          y,
          x: { field: 'median', ...x },
          color: colour,
          shape: {
            field: 'contender',
            type: 'nominal',
            title: null,
            scale: { domain, range: present.map(([, { shape }]) => shape) },
          },
        },
      },
    ],
  };
}

/** A chart with a bar for each contender. Undefined when there are no results. */
export function memoryBars(subtitle: string, results: readonly BenchResult[]): TopLevelSpec | undefined {
  const result = results[0];
  if (result === undefined) return undefined;
  const rows = Object.entries(result.figures).map(([contender, own]) => {
    const spread = spreadOf(own);
    return { contender: labelOf(contender), text: numberText(spread.median), colour: colourOf(contender), ...spread };
  });
  const y = { field: 'contender', type: 'nominal', sort: null, title: null, axis: { ticks: false } } as const;
  const x = { field: 'median', type: 'quantitative', title: 'bytes a live context: a counter with two tags' } as const;
  return {
    title: { text: 'Memory', subtitle },
    data: { values: rows },
    width: 520,
    height: { step: 30 },
    config: CONFIG,
    layer: [
      { mark: { type: 'bar', height: 18 }, encoding: { y, x, color: { field: 'colour', type: 'nominal', scale: null } } },
      { mark: { type: 'text', align: 'left', dx: 5, fontSize: 12 }, encoding: { y, x, text: { field: 'text' } } },
    ],
  };
}

/** A chart of the ratio of the TypeScript engine to the WebAssembly engine, for each bench that measures both. */
export function engineRatios(subtitle: string, results: readonly BenchResult[]): TopLevelSpec | undefined {
  const rows = results
    .filter(({ figures }) => 'wasm' in figures && 'js' in figures)
    .map(({ suite, name, figures }) => ({ bench: `${suite}: ${name}`, ...ratioOf(figures.js, figures.wasm) }));
  if (rows.length === 0) return undefined;
  const y = { field: 'bench', type: 'nominal', sort: null, title: null, axis: BENCH_AXIS } as const;
  const title = 'TypeScript divided by WebAssembly, logarithmic: WebAssembly is better to the right of 1';
  const x = { type: 'quantitative', title, ...logarithmic([...rows, { min: 1, median: 1, max: 1 }]) } as const;
  return {
    title: { text: 'The TypeScript engine compared with the WebAssembly engine', subtitle },
    data: { values: rows },
    width: 520,
    height: { step: 20 },
    config: CONFIG,
    layer: [
      { mark: { type: 'rule', color: GREY, strokeWidth: 1.5 }, encoding: { x: { datum: 1, ...x } } },
      {
        mark: { type: 'rule', strokeWidth: 2, opacity: 0.6, color: colourOf('wasm') },
        encoding: { y, x: { field: 'min', ...x }, x2: { field: 'max' } },
      },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 1, color: colourOf('wasm') },
        encoding: { y, x: { field: 'median', ...x } },
      },
    ],
  };
}

/** A logarithmic scale whose ends and ticks are 1, 2 and 5 times powers of ten. */
function logarithmic(spreads: readonly Spread[]) {
  const least = Math.min(...spreads.map(({ min }) => min));
  const greatest = Math.max(...spreads.map(({ max }) => max));
  const steps: number[] = [];
  for (let exponent = -6; exponent < 12; exponent++) for (const digit of [1, 2, 5]) steps.push(Number(`${digit}e${exponent}`));
  const first = steps.findLastIndex((step) => step <= least);
  const last = steps.findIndex((step) => step >= greatest);
  const values = steps.slice(first, last + 1);
  const domain: number[] = [values[0], values[values.length - 1]];
  return { scale: { type: 'log' as const, domain }, axis: { values, format: ',~r', labelOverlap: false } };
}

function labelOf(contender: string): string {
  return CONTENDERS[contender]?.label ?? contender;
}

function colourOf(contender: string): string {
  return CONTENDERS[contender]?.colour ?? GREY;
}
