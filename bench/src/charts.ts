// Draws a run as SVG, by the specifications in chart-specs.ts.

import { mkdirSync, writeFileSync } from 'node:fs';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { dotPlot, engineRatios, memoryBars } from './chart-specs.js';
import type { Environment } from './environment.js';
import type { Run } from './run.js';

/** Vega's hook for measuring text without a browser. Its type declarations lack it. */
const { textMetrics } = vega as unknown as { textMetrics: { width(item: { fontSize?: number }, text?: unknown): number } };

/** Average width of a sans-serif character, as a fraction of the font size. Vega's own estimate is too wide, and cuts labels. */
const CHARACTER_WIDTH = 0.56;

const FOLDER = new URL('../charts/', import.meta.url);

/** Writes a chart for each suite that has run, and one that compares the engines. */
export async function drawCharts({ environment, rounds, results }: Run): Promise<void> {
  const of = (suite: string) => results.filter((result) => result.suite === suite);
  const subtitle = subtitleOf(environment, rounds);
  const charts: Record<string, TopLevelSpec | undefined> = {
    mix: dotPlot('Recording as an application does', 'nanoseconds a call, logarithmic', subtitle, of('mix')),
    recording: dotPlot('Recording one sample', 'nanoseconds a call, logarithmic', subtitle, of('recording')),
    percentiles: dotPlot(
      'Four percentiles of a finished histogram',
      'microseconds a histogram, logarithmic',
      subtitle,
      of('percentiles'),
    ),
    sets: dotPlot('Adding a member to a set', 'nanoseconds a member, logarithmic', subtitle, of('sets')),
    flush: dotPlot('A flush', 'milliseconds, logarithmic', subtitle, of('flush')),
    memory: memoryBars(subtitle, of('memory')),
    engines: engineRatios(
      subtitle,
      results.filter(({ suite }) => suite !== 'counts'),
    ),
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

function subtitleOf({ date, runtime, platform, processor }: Environment, rounds: number): string {
  return `${date}, ${runtime}, ${platform}, ${processor}; median, least and greatest of ${rounds} rounds`;
}
