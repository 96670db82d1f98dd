import type { Slice } from '../engine/engine.js';
import type { RowContext } from '../flush/row-context.js';
import type { Part, PendingRows, SliceSink } from '../flush/slice-sink.js';
import { DISTRIBUTION, KIND_MASK } from '../model/kinds.js';
import { copyColumns, type SharedSlice } from '../raw-snapshot/raw-slice.js';

/** A raw slice, kept until its rows are answered for. */
export interface KeptSlice extends SharedSlice {
  readonly rows: number;
}

/** What a report needs of its reporter. */
export interface ReportWay {
  onSlice(report: WorkerSliceSink, slice: KeptSlice): void;
  send(report: WorkerSliceSink, part: Part): Promise<void>;
}

/** One flush on its way to the worker. */
export class WorkerSliceSink implements SliceSink {
  readonly isRaw = true;
  readonly id: number;
  readonly context: RowContext;
  readonly slices: KeptSlice[] = [];
  /** Whose rows the worker has answered for. */
  readonly answered = new Set<Part>();
  readonly rows: Record<Part, number> = { metrics: 0, distributions: 0 };
  /** Whether it was asked to send something. */
  isCalled = false;
  readonly #way: ReportWay;

  constructor(id: number, context: RowContext, way: ReportWay) {
    this.id = id;
    this.context = context;
    this.#way = way;
  }

  /** Those that were not answered for, the ones included of which nothing has come yet. */
  get unansweredParts(): Part[] {
    return (['metrics', 'distributions'] as const).filter((part) => !this.answered.has(part));
  }

  get rowsGiven(): number {
    return this.rows.metrics + this.rows.distributions;
  }

  get metrics(): PendingRows {
    return { rows: this.rows.metrics, send: () => this.#way.send(this, 'metrics') };
  }

  get distributions(): PendingRows {
    return { rows: this.rows.distributions, send: () => this.#way.send(this, 'distributions') };
  }

  add(slice: Slice): void {
    const { startSeconds, length, codes, continues } = slice;
    const { seriesByKind } = this.context;
    const rowsBefore = this.rowsGiven;
    for (let i = 0; i < length; i++) {
      const code = codes[i];
      const kind = code & KIND_MASK;
      if (kind === DISTRIBUTION) this.rows.distributions++;
      else this.rows.metrics += seriesByKind[kind].length;
    }
    const rows = this.rowsGiven - rowsBefore;
    const kept = { startSeconds, length, continues, columns: copyColumns(slice), rows };
    this.slices.push(kept);
    this.#way.onSlice(this, kept);
  }
}
