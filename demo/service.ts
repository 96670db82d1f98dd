// The instrumented service: a small web shop.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Distribution, Gauge, Histogram, MetricSet, ThreadStats } from 'threadstats';
import { Database } from './database.js';
import { ROUTES, type Route } from './routes.js';

/** Counts that the service keeps independently of its metrics. */
export interface Books {
  requests: number;
  failures: number;
  /** Total bytes of all response bodies. */
  responseBytes: number;
  queries: number;
  deploys: number;
}

/** Handles for a route's metrics. Their names and tags are looked up only once. */
interface RouteMetrics {
  readonly seconds: Histogram;
  readonly responseBytes: Distribution;
}

/** An instrumented web shop, served over HTTP on the loopback. */
export class Service {
  readonly books: Books = { requests: 0, failures: 0, responseBytes: 0, queries: 0, deploys: 0 };
  readonly #stats: ThreadStats;
  readonly #database = new Database();
  readonly #server: Server;
  readonly #metrics: ReadonlyMap<string, RouteMetrics>;
  readonly #users: MetricSet;
  readonly #queueDepth: Gauge;
  readonly #query: (milliseconds: number) => Promise<void>;
  #isDeployed = false;

  constructor(stats: ThreadStats) {
    this.#stats = stats;
    this.#users = stats.createSet('users');
    this.#queueDepth = stats.createGauge('db.queue.depth');
    this.#metrics = new Map(
      ROUTES.map(({ path }) => {
        const tags = { route: path };
        const seconds = stats.createHistogram('request.seconds', { tags });
        return [path, { seconds, responseBytes: stats.createDistribution('response.bytes', { tags }) }];
      }),
    );
    this.#query = stats.timed('db.query.seconds')((milliseconds) => this.#database.query(milliseconds));
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error) => response.destroy(error));
    });
  }

  /** Starts the server. Resolves to its URL. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Switches to the second version of the shop. */
  deploy(): void {
    this.#isDeployed = true;
    this.books.deploys++;
    this.#stats.event('Deployed shop 1.1.0', 'The search has an index, and the check-out survives a busy bank', {
      alertType: 'success',
      tags: ['version:1.1.0'],
    });
  }

  /** Stops the server and closes every connection. */
  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const beginMilliseconds = performance.now();
    request.resume();
    const route = ROUTES.find(({ path }) => path === request.url);
    if (route === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { queryMilliseconds, failures }: Route = this.#isDeployed ? { ...route, ...route.deployed } : route;
    this.#users.add(String(request.headers['x-user']));
    this.#queueDepth.set(this.#database.queueDepth);
    this.books.queries++;
    await this.#query(spread(queryMilliseconds));
    this.#queueDepth.set(this.#database.queueDepth);

    const status = Math.random() < failures ? 503 : 200;
    const page = status === 200 ? this.#render(route) : Buffer.from('Busy');
    this.#count(route, status, page.length);
    this.#metrics.get(route.path)?.seconds.record((performance.now() - beginMilliseconds) / 1000);
    response.writeHead(status, { 'content-length': page.length }).end(page);
  }

  #count(route: Route, status: number, responseBytes: number): void {
    this.#stats.increment('requests', 1, { tags: { route: route.path, status } });
    this.#metrics.get(route.path)?.responseBytes.record(responseBytes);
    this.books.requests++;
    this.books.failures += status === 200 ? 0 : 1;
    this.books.responseBytes += responseBytes;
  }

  #render({ path, items }: Route): Buffer {
    const timer = this.#stats.timer('render.seconds');
    const list = Array.from({ length: items }, (_, index) => ({ id: index, price: Math.round(Math.random() * 10_000) / 100 }));
    const page = Buffer.from(JSON.stringify({ path, list }));
    timer.stop();
    return page;
  }
}

/**
 * Returns a random duration with this average and a long tail, as real queries have (an exponential distribution above a floor).
 */
function spread(averageMilliseconds: number): number {
  return averageMilliseconds * (0.6 - 0.4 * Math.log(1 - Math.random()));
}
