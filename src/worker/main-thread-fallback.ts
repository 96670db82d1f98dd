import { openReport, type Part, type SliceSink } from '../flush/slice-sink.js';
import type { HttpReporter } from '../http/http-reporter.js';
import { PercentileSelector, sliceOf } from '../raw-snapshot/raw-slice.js';
import type { KeptSlice, WorkerSliceSink } from './worker-slice-sink.js';

/** Reports that were begun for a worker, on this thread. */
export class MainThreadFallback {
  readonly reporter: HttpReporter;
  readonly #selection: PercentileSelector;
  readonly #reports = new Map<WorkerSliceSink, SliceSink>();

  constructor(reporter: HttpReporter, percentiles: readonly number[]) {
    this.reporter = reporter;
    this.#selection = new PercentileSelector(percentiles);
  }

  addSlice(report: WorkerSliceSink, slice: KeptSlice): void {
    let local = this.#reports.get(report);
    if (local === undefined) {
      local = this.reporter[openReport](report.context)!;
      this.#reports.set(report, local);
    }
    local.add(this.#selection.select(sliceOf(slice), report.unansweredParts));
  }

  async send(report: WorkerSliceSink, part: Part): Promise<void> {
    await this.#reports.get(report)?.[part].send();
  }
}
