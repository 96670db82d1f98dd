import { createHash } from 'node:crypto';
import type { Transport, TransportRequest, TransportResponse } from '../../http/transport/transport.js';

/**
 * Remembers the requests that the intake accepted from earlier workers, each by a digest. If a worker ends in the middle of a
 * flush, the next one makes the same requests from the same slices. Accepted requests must not be sent again, because the intake
 * would count distributions and events twice.
 */
export class AcceptedRequests {
  /** By digest, how often the request was accepted: requests can be equal. */
  readonly #counts = new Map<string, number>();
  readonly #onAccept: (digest: string) => void;

  /** @param onAccept Is called with each digest as soon as the intake has responded. */
  constructor(digests: readonly string[], onAccept: (digest: string) => void) {
    this.#onAccept = onAccept;
    for (const digest of digests) this.#counts.set(digest, (this.#counts.get(digest) ?? 0) + 1);
  }

  /** Returns true if the request was accepted before, once for each time. */
  take(digest: string): boolean {
    const count = this.#counts.get(digest) ?? 0;
    if (count === 0) return false;
    this.#counts.set(digest, count - 1);
    return true;
  }

  add(digest: string): void {
    this.#onAccept(digest);
  }

  /** Forgets the requests of earlier workers, when all their rows have been answered for. */
  clear(): void {
    this.#counts.clear();
  }
}

/** Sends only requests that were not accepted before. */
export class RememberingTransport implements Transport {
  readonly #transport: Transport;
  readonly #accepted: AcceptedRequests;

  constructor(transport: Transport, accepted: AcceptedRequests) {
    this.#transport = transport;
    this.#accepted = accepted;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const { path, body } = request;
    if (body === undefined) return this.#transport.send(request);
    const digest = createHash('sha256').update(path).update(body).digest('base64');
    if (this.#accepted.take(digest)) return { statusCode: 202, headers: {}, text: '' };
    const response = await this.#transport.send(request);
    if (response.statusCode >= 200 && response.statusCode < 300) this.#accepted.add(digest);
    return response;
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}
