// The printed output: Markdown tables, which can be read in a terminal and pasted into documents.

import type { Environment } from './environment.js';
import type { BenchResult } from './run.js';
import { ratioOf, type Spread, spreadOf } from './statistics.js';
import { ENGINES } from './suite.js';
import type { Target, Verdict } from './targets.js';

const UNIT_TEXTS: Record<string, string> = { ns: 'ns', us: 'µs', ms: 'ms', bytes: 'bytes', calls: 'calls', requests: 'requests' };

/** A ratio beyond this limit, or its reciprocal, is called a change if all rounds agree on its direction. */
const CHANGE = 1.1;

/** The label of an engine of another revision. */
export function labelAt(engine: string, revision: string): string {
  return `${engine} at ${revision}`;
}

/** Returns the lines above the tables: the machine, the versions, and how to read the figures. */
export function environmentText(environment: Environment, rounds: number, isProcessorTime = false): string {
  const { date, runtime, compiler, platform, processor, memoryGibibytes, load, versions } = environment;
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date}, ${runtime}, ${compiler}, ${platform}, ${processor}, ${memoryGibibytes} GiB, load ${load} before the run`,
    names.join(', '),
    `median of ${rounds} rounds (least to greatest)${isProcessorTime ? ', work that waits for no server by processor time' : ''}`,
  ].join('\n');
}

/** Returns a bench's question, and a table with each contender's figure and its ratios to the figures of the engines. */
export function benchTable({ name, question, unit, per, figures }: BenchResult): string {
  const contenders = Object.keys(figures);
  const engines = ENGINES.filter((engine) => engine in figures);
  const header = ['', `${UNIT_TEXTS[unit]} a ${per}`, ...engines.map((engine) => `times ${engine}`)];
  const rows = contenders.map((contender) => {
    const ratios = engines.map((engine) =>
      engine === contender ? '' : `${spreadText(ratioOf(figures[contender], figures[engine]))}x`,
    );
    return [contender, spreadText(spreadOf(figures[contender])), ...ratios];
  });
  return [`### ${name}`, '', question, '', table(header, rows)].join('\n');
}

/** Returns a table for each unit, with a line for each bench and a column for each contender. The figures have no spread. */
export function countTables(results: readonly BenchResult[]): string {
  const tables: string[] = [];
  for (const question of new Set(results.map((result) => result.question))) {
    const rows = results.filter((result) => result.question === question);
    const contenders = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
    const cells = rows.map(({ name, figures }) => [
      name,
      ...contenders.map((contender) => (contender in figures ? numberText(spreadOf(figures[contender]).median) : '')),
    ]);
    const { unit, per } = rows[0];
    tables.push(`${question}\n\n${table([`${UNIT_TEXTS[unit]} a ${per}`, ...contenders], cells)}`);
  }
  return tables.join('\n\n');
}

/** Returns the table that compares the engines of this checkout with those of another revision. */
export function comparisonTable(results: readonly BenchResult[], against: string): string {
  const header = ['bench', 'engine', 'this checkout', against, 'ratio', 'change'];
  const rows = results.flatMap(({ suite, name, unit, figures }) =>
    ENGINES.filter((engine) => engine in figures).map((engine) => {
      const others = figures[labelAt(engine, against)];
      const ratio = ratioOf(others, figures[engine]);
      const isBetter = ratio.median >= CHANGE && ratio.min > 1;
      const isWorse = ratio.median <= 1 / CHANGE && ratio.max < 1;
      return [
        `${suite}: ${name}`,
        engine,
        `${spreadText(spreadOf(figures[engine]))} ${UNIT_TEXTS[unit]}`,
        spreadText(spreadOf(others)),
        `${spreadText(ratio)}x`,
        isWorse ? 'WORSE' : isBetter ? 'better' : '',
      ];
    }),
  );
  const explanation =
    'A ratio above 1 says how many times better this checkout is. A change is a median beyond a tenth, if all rounds agree.';
  return [`## This checkout against ${against}`, '', explanation, '', table(header, rows)].join('\n');
}

/** Returns the table of targets. */
export function targetTable(verdicts: readonly Verdict[]): string {
  const header = ['work', 'engine', 'measured', 'peer', 'target', 'ratio', 'met'];
  const rows = verdicts.map(({ target, engine, bench, unit, figure, ratio, isMet, isAimReached }) => {
    const aim = isAimReached === undefined ? '' : `, aim ${isAimReached ? 'reached' : 'missed'}`;
    return [
      typeof target.bench === 'string' ? target.work : `${target.work}: ${bench}`,
      engine,
      `${spreadText(figure)} ${UNIT_TEXTS[unit]}`,
      target.against ?? target.againstBench ?? '',
      targetText(target, unit),
      ratio === undefined ? '' : `${spreadText(ratio)}x`,
      (isMet ? 'yes' : 'NO') + aim,
    ];
  });
  return ['## Targets', '', table(header, rows)].join('\n');
}

function targetText({ atLeast, atMost, aimBelow }: Target, unit: string): string {
  const limit = atLeast === undefined ? `at most ${atMost} ${UNIT_TEXTS[unit]}` : `at least ${atLeast}x`;
  return aimBelow === undefined ? limit : `${limit}, aim under ${aimBelow} ${UNIT_TEXTS[unit]}`;
}

function spreadText({ median, min, max }: Spread): string {
  return `${numberText(median)} (${numberText(min)} to ${numberText(max)})`;
}

/** Rounds to three significant digits, because more would be noise. */
export function numberText(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 20 });
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(header), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}
