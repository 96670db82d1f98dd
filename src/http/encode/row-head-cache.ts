import type { RowSeries } from '../../flush/row-series.js';
import { jsonText } from '../../model/text.js';
import { ROW_OPEN, type SeriesFormat, TAGS_OPEN } from './series-format.js';
import { pieceOf, type Utf8Piece } from './utf8-piece.js';

/** Most metrics in the cache. It is limited because an application may make new names without end. */
const MAX_METRICS = 4096;

/** The beginnings of the rows of one metric. */
interface Heads {
  /** The metric's name as JSON without its quotes. */
  readonly name: string;
  allSeries: readonly RowSeries[];
  readonly pieces: readonly Utf8Piece[];
}

const NO_HEADS: Heads = { name: '', allSeries: [], pieces: [] };

/**
 * The beginnings of a metric's rows, encoded once and reused in later flushes. The id of a metric may be reused for another one, and
 * clients that share a reporter use the same ids, so the caller passes the name and the series, too.
 */
export class RowHeadCache {
  readonly #format: SeriesFormat;
  readonly #heads = new Map<number, Heads>();
  /** The last metric and its heads, because cells of one metric often follow each other. */
  #lastMetricId = 0;
  #last = NO_HEADS;

  constructor(format: SeriesFormat) {
    this.#format = format;
  }

  /**
   * Returns the beginning of the row of each series, up to its first tag.
   *
   * @param name The metric's name as JSON without its quotes.
   */
  of(metricId: number, name: string, allSeries: readonly RowSeries[]): readonly Utf8Piece[] {
    if (metricId !== this.#lastMetricId) {
      this.#lastMetricId = metricId;
      this.#last = this.#heads.get(metricId) ?? NO_HEADS;
    }
    if (this.#last.name !== name || !this.#isOf(this.#last, allSeries)) {
      const pieces = allSeries.map(({ suffix, type }) =>
        pieceOf(`${ROW_OPEN}${name}${jsonText(suffix)}${this.#format.type(type)}${TAGS_OPEN}`),
      );
      this.#last = { name, allSeries, pieces };
      if (this.#heads.size === MAX_METRICS) this.#heads.clear();
      this.#heads.set(metricId, this.#last);
    }
    return this.#last.pieces;
  }

  /** A worker receives equal series with every flush. */
  #isOf(heads: Heads, allSeries: readonly RowSeries[]): boolean {
    if (heads.allSeries === allSeries) return true;
    if (heads.allSeries.length !== allSeries.length) return false;
    const isSame = allSeries.every(({ suffix, type }, i) => {
      const own = heads.allSeries[i];
      return own.suffix === suffix && own.type === type;
    });
    if (isSame) heads.allSeries = allSeries;
    return isSame;
  }
}
