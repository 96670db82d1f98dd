import type { MetricStrings } from '../../flush/row-context.js';
import type { RowSeries } from '../../flush/row-series.js';
import { jsonText } from '../../model/text.js';
import { ROW_OPEN, type SeriesFormat, TAGS_OPEN } from './series-format.js';
import { pieceOf, type Utf8Piece } from './utf8-piece.js';

/** Most metrics in the cache. It is limited because an application may make new names without end. */
const MAX_METRICS = 4096;

/** The beginnings of a metric's rows, encoded once and reused in later flushes. */
export class RowHeadCache {
  readonly #format: SeriesFormat;
  readonly #heads = new Map<MetricStrings, readonly Utf8Piece[]>();
  /** The last name and its heads, because cells of one metric often follow each other. */
  #lastName: MetricStrings | undefined;
  #lastHeads: readonly Utf8Piece[] = [];

  constructor(format: SeriesFormat) {
    this.#format = format;
  }

  /** Returns the beginning of the row of each series, up to its first tag. */
  of(name: MetricStrings, allSeries: readonly RowSeries[]): readonly Utf8Piece[] {
    if (name === this.#lastName) return this.#lastHeads;
    let heads = this.#heads.get(name);
    if (heads === undefined) {
      heads = allSeries.map(({ suffix, type }) =>
        pieceOf(`${ROW_OPEN}${name.json}${jsonText(suffix)}${this.#format.type(type)}${TAGS_OPEN}`),
      );
      if (this.#heads.size === MAX_METRICS) this.#heads.clear();
      this.#heads.set(name, heads);
    }
    this.#lastName = name;
    this.#lastHeads = heads;
    return heads;
  }
}
