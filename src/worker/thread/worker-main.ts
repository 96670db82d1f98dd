import { abandonPending, onBackgroundError, openReport, type Part, type SliceSink } from '../../flush/slice-sink.js';
import { HttpReporter } from '../../http/http-reporter.js';
import { ContextMirror } from '../../raw-snapshot/context-mirror.js';
import { PercentileSelector, sliceOf } from '../../raw-snapshot/raw-slice.js';
import { errorText } from '../error-message.js';
import type { CallMessage, FromWorker, OpenMessage, ReportMessage, SliceMessage, ToWorker } from '../messages.js';
import { settingsOf } from '../settings-message.js';
import { AcceptedRequests } from './accepted-requests.js';
import { setPublish } from './channels.js';
import { setAccepted } from './open-transport.js';

interface OpenReport {
  readonly report: SliceSink;
  readonly parts: readonly Part[];
}

/** What the worker does: the client's own HTTP reporter, over a mirror of the client's contexts. */
export class WorkerMain {
  readonly #post: (message: FromWorker) => void;
  readonly #mirror = new ContextMirror();
  readonly #reports = new Map<number, OpenReport>();
  readonly #calls = new Set<Promise<void>>();
  readonly #keyRequests: ((key: string | Error) => void)[] = [];
  /** One that came unasked: at the exit of the process nobody answers questions. */
  #earlyKey: string | Error | undefined;
  #reporter!: HttpReporter;
  #selection!: PercentileSelector;
  #accepted!: AcceptedRequests;
  #flag!: Int32Array;

  constructor(post: (message: FromWorker) => void) {
    this.#post = post;
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'open':
        return this.#open(message);
      case 'apiKey':
        return this.#takeKey(message.key ?? Object.assign(new Error(), { name: message.errorName }));
      case 'report':
        return this.#openReport(message);
      case 'slice':
        return this.#addSlice(message);
      case 'send':
      case 'events':
      case 'drain':
      case 'giveUp':
        return this.#call(message);
      case 'forget':
        this.#reports.delete(message.report);
        return this.#forgetAccepted();
      case 'close':
        this.#close(message.milliseconds);
        return;
    }
  }

  #open({ http, percentiles, accepted, flag }: OpenMessage): void {
    this.#flag = new Int32Array(flag);
    this.#selection = new PercentileSelector(percentiles);
    this.#accepted = new AcceptedRequests(accepted, (digest) => this.#post({ type: 'accepted', digest }));
    setAccepted(this.#accepted);
    this.#reporter = new HttpReporter(settingsOf(http, () => this.#askForKey()));
    setPublish((name, message) => this.#post({ type: 'published', name, message, telemetry: this.#reporter.telemetry }));
    this.#reporter[onBackgroundError]((error) => {
      this.#post({ type: 'later', error: errorText(error), telemetry: this.#reporter.telemetry });
    });
  }

  #takeKey(key: string | Error): void {
    const answer = this.#keyRequests.shift();
    if (answer !== undefined) answer(key);
    else this.#earlyKey = key;
  }

  async #askForKey(): Promise<string> {
    if (typeof this.#earlyKey === 'string') return this.#earlyKey;
    this.#post({ type: 'apiKey' });
    return new Promise((resolve, reject) => {
      this.#keyRequests.push((key) => (typeof key === 'string' ? resolve(key) : reject(key)));
    });
  }

  #openReport({ report, parts, ...context }: ReportMessage): void {
    const opened = this.#reporter[openReport]({ ...context, contexts: this.#mirror });
    this.#reports.set(report, { report: opened!, parts });
  }

  #addSlice(message: SliceMessage): void {
    const { report, newContexts } = message;
    if (newContexts !== undefined) this.#mirror.add(newContexts);
    const open = this.#reports.get(report);
    if (open === undefined) return;
    open.report.add(this.#selection.select(sliceOf(message), open.parts));
  }

  #call(message: CallMessage): void {
    const call = this.#answer(message).finally(() => {
      this.#calls.delete(call);
      this.#forgetAccepted();
    });
    this.#calls.add(call);
  }

  #forgetAccepted(): void {
    if (this.#calls.size === 0 && this.#reports.size === 0) this.#accepted.clear();
  }

  async #answer(message: CallMessage): Promise<void> {
    let error: unknown;
    try {
      if (message.type === 'drain') await this.#reporter.drain(message.milliseconds);
      else if (message.type === 'giveUp') await this.#reporter[abandonPending]();
      else if (message.type === 'events') await this.#reporter.flushEvents(message.events);
      else await this.#reports.get(message.report)?.report[message.part].send();
    } catch (thrown) {
      error = thrown;
    }
    const { telemetry } = this.#reporter;
    this.#post({ type: 'answer', call: message.call, error: error === undefined ? undefined : errorText(error), telemetry });
  }

  async #close(milliseconds: number): Promise<void> {
    let error: unknown;
    try {
      if (milliseconds > 0) await this.#reporter.drain(milliseconds);
      // Ended connections make the calls under way fail.
      await this.#reporter.close();
      while (this.#calls.size > 0) await Promise.all(this.#calls);
    } catch (thrown) {
      error = thrown;
    }
    const { telemetry } = this.#reporter;
    this.#post({ type: 'closed', error: error === undefined ? undefined : errorText(error), telemetry });
    Atomics.store(this.#flag, 0, 1);
    Atomics.notify(this.#flag, 0);
  }
}
