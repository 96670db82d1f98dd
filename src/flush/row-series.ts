import { FIRST_PERCENTILE, HISTOGRAM_COUNT, HISTOGRAM_MAX, HISTOGRAM_MIN, HISTOGRAM_SUM, type Slice } from '../engine/engine.js';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, KIND_MASK, type Kind, SET, TIMING } from '../model/kinds.js';
import { MAX_NAME_CHARACTERS, normalizeName } from '../model/normalize.js';
import type { MetricRow } from '../model/rows.js';
import type { Aggregate } from '../options/aggregates.js';
import type { Percentile } from '../options/percentiles.js';
import type { RowSort } from './slice-sink.js';

/** One of the rows that a cell becomes: the suffix of its name, and how its value is derived from the values of the cell. */
export interface RowSeries {
  /** Includes the leading `.`; empty for none. */
  readonly suffix: string;
  readonly type: MetricRow['type'];
  /** Index into the values of the cell. */
  readonly valueIndex: number;
  /** The value is divided by 1, by the seconds of the interval, or by the number of samples. */
  readonly per: 'one' | 'interval' | 'sample';
}

/** The options on which the rows of counters, histograms and timings depend. */
export interface RowSettings {
  readonly aggregates: readonly Exclude<Aggregate, 'median'>[];
  readonly percentiles: readonly Percentile[];
  readonly counterType: 'rate' | 'count';
}

/** Returns the series of each kind, indexed by kind. A distribution has none, because it is a row of its own sort. */
export function rowSeriesByKind({ aggregates, percentiles, counterType }: RowSettings): readonly (readonly RowSeries[])[] {
  const per = counterType === 'rate' ? 'interval' : 'one';
  const plain = { suffix: '', valueIndex: 0 } as const;
  const gauge: RowSeries = { ...plain, type: 'gauge', per: 'one' };
  const ofAggregate: Record<(typeof aggregates)[number], RowSeries> = {
    min: { suffix: '.min', type: 'gauge', valueIndex: HISTOGRAM_MIN, per: 'one' },
    max: { suffix: '.max', type: 'gauge', valueIndex: HISTOGRAM_MAX, per: 'one' },
    count: { suffix: '.count', type: counterType, valueIndex: HISTOGRAM_COUNT, per },
    avg: { suffix: '.avg', type: 'gauge', valueIndex: HISTOGRAM_SUM, per: 'sample' },
    sum: { suffix: '.sum', type: 'gauge', valueIndex: HISTOGRAM_SUM, per: 'one' },
  };
  const histogram: RowSeries[] = [
    ...aggregates.map((aggregate) => ofAggregate[aggregate]),
    ...percentiles.map(
      ({ suffix }, index): RowSeries => ({
        suffix: `.${suffix}`,
        type: 'gauge',
        valueIndex: FIRST_PERCENTILE + index,
        per: 'one',
      }),
    ),
  ];
  const byKind: Record<Kind, readonly RowSeries[]> = {
    [COUNTER]: [{ ...plain, type: counterType, per }],
    [GAUGE]: [gauge],
    [SET]: [gauge],
    [HISTOGRAM]: histogram,
    [TIMING]: histogram,
    [DISTRIBUTION]: [],
  };
  return Object.values(byKind);
}

/** Returns what the series of each kind add to the name, indexed by kind. */
export function suffixesByKind(seriesByKind: readonly (readonly RowSeries[])[]): readonly (readonly string[])[] {
  return seriesByKind.map((series) => series.map(({ suffix }) => suffix).filter((suffix) => suffix !== ''));
}

/**
 * Returns a function that normalises names and leaves room for the longest suffix of the kind. If the server cut suffixes off,
 * the rows would overwrite each other.
 *
 * @param onCut Called for the first name that is cut.
 */
export function nameNormalizer(
  settings: RowSettings,
  onCut: (name: string, kind: Kind, maxCharacters: number) => void = () => {},
): (name: string, kind: Kind) => string {
  const maxCharacters = rowSeriesByKind(settings).map(
    (series) => MAX_NAME_CHARACTERS - Math.max(0, ...series.map(({ suffix }) => suffix.length)),
  );
  let isReported = false;
  return (name, kind) => {
    const normal = normalizeName(name, maxCharacters[kind]);
    if (!isReported && name.length > maxCharacters[kind] && normalizeName(name, name.length).length > normal.length) {
      isReported = true;
      onCut(name, kind, maxCharacters[kind]);
    }
    return normal;
  };
}

/** Counts the rows that the cells of a slice become. */
export function countRows({ codes, length }: Slice, seriesByKind: readonly (readonly RowSeries[])[]): Record<RowSort, number> {
  const rows = { metrics: 0, distributions: 0 };
  for (let i = 0; i < length; i++) {
    const kind = codes[i] & KIND_MASK;
    if (kind === DISTRIBUTION) rows.distributions++;
    else rows.metrics += seriesByKind[kind].length;
  }
  return rows;
}

/** Returns the value of a row from the values of its cell, which start at `begin`. */
export function rowValue(series: RowSeries, values: Float64Array, begin: number, intervalSeconds: number): number {
  const value = values[begin + series.valueIndex];
  if (series.per === 'one') return value;
  // Adding zero turns the -0 of a quotient that underflows into 0.
  return value / (series.per === 'interval' ? intervalSeconds : values[begin + HISTOGRAM_COUNT]) + 0;
}
