import { openReport, type Report } from '../flush/slice-sink.js';
import type { HttpReporter } from '../http/http-reporter.js';
import { Selection, sliceOf } from '../raw-snapshot/raw-slice.js';
import type { Part } from './messages.js';
import type { KeptSlice, WorkerReport } from './worker-slice-sink.js';

/** Reports that were begun for a worker, on this thread. */
export class LocalReports {
  readonly reporter: HttpReporter;
  readonly #selection: Selection;
  readonly #reports = new Map<WorkerReport, Report>();

  constructor(reporter: HttpReporter, percentiles: readonly number[]) {
    this.reporter = reporter;
    this.#selection = new Selection(percentiles);
  }

  addSlice(report: WorkerReport, slice: KeptSlice): void {
    let local = this.#reports.get(report);
    if (local === undefined) {
      local = this.reporter[openReport](report.context)!;
      this.#reports.set(report, local);
    }
    local.add(this.#selection.select(sliceOf(slice), report.unansweredParts));
  }

  async send(report: WorkerReport, part: Part): Promise<void> {
    await this.#reports.get(report)?.[part].send();
  }
}
