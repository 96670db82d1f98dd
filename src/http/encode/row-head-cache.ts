import type { MetricStrings } from '../../flush/row-context.js';
import type { RowSeries } from '../../flush/row-series.js';
import { jsonText } from '../../model/text.js';
import type { SeriesFormat } from './series-format.js';
import { pieceOf, type Utf8Piece } from './utf8-piece.js';

/** Metrics whose rows' beginnings are remembered: their cells come in any order. A bound, because names may have no end. */
const MAX_METRICS = 4096;

/** What the rows of a metric begin with, encoded once and reused in later flushes. */
export class RowHeadCache {
  readonly #format: SeriesFormat;
  readonly #heads = new Map<MetricStrings, readonly Utf8Piece[]>();
  /** The name asked for last, and its heads: cells of one metric often follow each other. */
  #lastName: MetricStrings | undefined;
  #lastHeads: readonly Utf8Piece[] = [];

  constructor(format: SeriesFormat) {
    this.#format = format;
  }

  /** What the row of each of the series begins with, up to its tags. */
  of(name: MetricStrings, all: readonly RowSeries[]): readonly Utf8Piece[] {
    if (name === this.#lastName) return this.#lastHeads;
    let heads = this.#heads.get(name);
    if (heads === undefined) {
      heads = all.map(({ suffix, type }) =>
        pieceOf(`{"metric":"${name.json}${jsonText(suffix)}${this.#format.type(type)}${TAGS_OPEN}`),
      );
      if (this.#heads.size === MAX_METRICS) this.#heads.clear();
      this.#heads.set(name, heads);
    }
    this.#lastName = name;
    this.#lastHeads = heads;
    return heads;
  }
}

/** What a head ends with. */
export const TAGS_OPEN = ',"tags":[';
