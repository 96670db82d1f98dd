// Draws a run as SVG. A figure is a mark with its least and greatest round as a line; figures that differ by orders of
// magnitude are on a logarithmic axis, where only distances count and bars would have no place to begin.

import { mkdirSync, writeFileSync } from 'node:fs';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { dotPlot, engineRatios, memoryBars } from './chart-specs.js';
import type { Environment } from './environment.js';
import type { Run } from './main.js';

/** Vega's hook for those who draw without a browser; its declarations have missed it. */
const { textMetrics } = vega as unknown as { textMetrics: { width(item: { fontSize?: number }, text?: unknown): number } };

/** Width of a character of a sans-serif font on average, in font sizes. Vega itself guesses more, and cuts labels that fit. */
const CHARACTER_WIDTH = 0.56;

const FOLDER = new URL('../charts/', import.meta.url);

/** Writes a chart of every suite that has run, and one that holds the engines against each other. */
export async function drawCharts({ environment, rounds, results }: Run): Promise<void> {
  const of = (suite: string) => results.filter((result) => result.suite === suite);
  const where = whereText(environment, rounds);
  const charts: Record<string, TopLevelSpec | undefined> = {
    recording: dotPlot('Recording one sample', 'nanoseconds a call, logarithmic', where, of('recording')),
    percentiles: dotPlot(
      'Four percentiles of a finished histogram',
      'microseconds a histogram, logarithmic',
      where,
      of('percentiles'),
    ),
    sets: dotPlot('Adding a member to a set', 'nanoseconds a member, logarithmic', where, of('sets')),
    flush: dotPlot('A flush', 'milliseconds, logarithmic', where, of('flush')),
    memory: memoryBars(where, of('memory')),
    engines: engineRatios(where, results),
  };
  textMetrics.width = ({ fontSize = 11 }, text) => CHARACTER_WIDTH * fontSize * String(text ?? '').length;
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, spec] of Object.entries(charts)) {
    if (spec === undefined) continue;
    const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
    writeFileSync(new URL(`${name}.svg`, FOLDER), `${await view.toSVG()}\n`);
    view.finalize();
  }
}

function whereText({ date, runtime, platform, processor }: Environment, rounds: number): string {
  return `${date}, ${runtime}, ${platform}, ${processor}; median, least and greatest of ${rounds} rounds`;
}
