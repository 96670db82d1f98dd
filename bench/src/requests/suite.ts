// Where does undici do better than node:http? This is what decides which transport sends: see docs/architecture.md. The requests
// are small, as those of events are, four at a time over connections that stay open.

import { Agent, request } from 'node:http';
import { Pool } from 'undici';
import { Sink } from '../flush/sink.js';
import { type Bench, type Budget, required, type Suite } from '../suite.js';

const REQUESTS = 2000;
const CONNECTIONS = 4;

const BENCH: Bench = {
  name: 'request in a burst',
  question: `How much time of the processor does each of ${REQUESTS.toLocaleString('en')} small requests take, four at a time?`,
  unit: 'us',
  per: 'request',
  contenders: ['node:http', 'undici'],
};

const BODY = Buffer.from(JSON.stringify({ title: 'deployed', text: 'x'.repeat(200), tags: ['team:core'] }));
const HEADERS = { 'dd-api-key': 'key', 'content-type': 'application/json' };

type Send = () => Promise<void>;

const SENDERS: Record<string, (url: string) => Send> = {
  'node:http': (url) => {
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    return () =>
      new Promise((resolve, reject) => {
        const outgoing = request(`${url}/api/v1/events`, { method: 'POST', agent, headers: HEADERS }, (response) => {
          response.resume().on('end', resolve);
        });
        outgoing.on('error', reject).end(BODY);
      });
  },
  undici: (url) => {
    const pool = new Pool(url, { connections: CONNECTIONS });
    return async () => {
      const { body } = await pool.request({ path: '/api/v1/events', method: 'POST', headers: HEADERS, body: BODY });
      await body.dump();
    };
  },
};

/** The transports, one request after the other. */
export const requests: Suite = {
  name: 'requests',
  benches: [BENCH],

  async prepare(_bench: string, contender: string, budget: Budget): Promise<() => Promise<number>> {
    const sink = await Sink.start();
    const send = required(SENDERS[contender], contender)(sink.url);
    const round = async (): Promise<number> => {
      const begin = process.cpuUsage();
      let left = REQUESTS;
      const sendAll = async (): Promise<void> => {
        while (left-- > 0) await send();
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, sendAll));
      const { user, system } = process.cpuUsage(begin);
      await sink.take();
      return (user + system) / REQUESTS;
    };
    for (let i = 0; i < budget.warmupRepetitions; i++) await round();
    return async () => {
      const figures: number[] = [];
      for (let i = 0; i < budget.repetitions; i++) figures.push(await round());
      return Math.min(...figures);
    };
  },
};
