import { IntakeError } from '../../../src/diagnostics/errors.js';
import { defaultCompressor } from '../../../src/http/compress.js';
import type { Payload, PayloadSender, StoredPayload } from '../../../src/http/payload.js';
import { judgeFailure, judgeResponse } from '../../../src/http/transport/judge-response.js';

const CONTEXT = { name: 'POST https://intake.invalid/', apiKey: 'secret-key' };

/** A status, with or without headers; a system error code; or a promise of one of these. */
export type Answer = Said | Promise<Said>;
type Said = number | { statusCode: number; headers: Record<string, string> } | string;

/** Answers as the test says, and keeps the names of accepted rows. */
export class ScriptedSender implements PayloadSender {
  answer: (payload: StoredPayload, names: string[]) => Answer;
  /** All requests, with the names of their rows. */
  readonly requests: { path: string; names: string[]; bytes: number }[] = [];
  /** Names of accepted rows, in order of acceptance. */
  readonly accepted: string[] = [];
  underWay = 0;
  mostUnderWay = 0;
  isClosed = false;
  #onClose: (() => void)[] = [];

  constructor(answer: ScriptedSender['answer'] = () => 202) {
    this.answer = answer;
  }

  async send(payload: StoredPayload): Promise<void> {
    if (this.isClosed) throw new Error('A payload was sent after close');
    const names = await namesIn(payload);
    this.requests.push({ path: payload.path, names, bytes: payload.body.length });
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    const closed = new Promise<never>((_, reject) =>
      this.#onClose.push(() => reject(new IntakeError('ERR_THREADSTATS_REPORTER_CLOSED', 'closed', { retryable: false }))),
    );
    closed.catch(() => {});
    try {
      const answer = await Promise.race([this.#settled(payload, names), closed]);
      if (typeof answer === 'string') throw judgeFailure(Object.assign(new Error(answer), { code: answer }), CONTEXT);
      const { statusCode, headers } = typeof answer === 'number' ? { statusCode: answer, headers: {} } : answer;
      const failure = judgeResponse({ statusCode, headers, text: '' }, CONTEXT);
      if (failure !== undefined) throw failure;
      this.accepted.push(...names);
    } finally {
      this.underWay--;
    }
  }

  async #settled(payload: StoredPayload, names: string[]): Promise<Said> {
    return this.answer(payload, names);
  }

  abortRequests(): void {
    for (const close of this.#onClose.splice(0)) close();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const close of this.#onClose) close();
  }
}

async function namesIn({ body, compression }: StoredPayload): Promise<string[]> {
  const text = Buffer.from(await defaultCompressor.decompress(body, compression)).toString();
  const parsed = JSON.parse(text);
  return parsed.series === undefined ? [parsed.title] : parsed.series.map(({ metric }: { metric: string }) => metric);
}

/** Makes a payload of rows with these names, each of at least so many bytes. */
export function payloadOf(names: readonly string[], rowBytes = 0, path = '/api/v2/series'): Payload {
  const series = names.map((metric) =>
    JSON.stringify({ metric, tags: ['a,b"]}', 'x'.repeat(rowBytes)], points: [[1, { a: [2] }]] }),
  );
  return { path, compression: 'none', body: `{"series":[${series.join()}]}`, rows: names.length };
}
