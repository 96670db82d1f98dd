import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { START, startClient } from '../../support/client.js';
import { engineNames } from '../../support/engines.js';
import { reporterTo } from '../support/reporter.js';
import { serveConnections } from '../support/server.js';

const RESPONSE = 'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}';
const VALUES = [1000, 1001, 1002, 1003];

/** undici keeps using a connection whose server responded early. */
test.each(engineNames)(
  'a body does not change while it is being read, even if the response came long before (%s)',
  async (engine) => {
    let text = '';
    let socket: Socket | undefined;
    const server = await serveConnections((accepted) => {
      socket = accepted;
      socket.once('data', (chunk) => {
        text += chunk;
        accepted.pause().write(RESPONSE);
      });
    });
    // The first request got its response above.
    const onRequest = (): void => void (text !== '' && socket!.write(RESPONSE));
    subscribe('undici:client:sendHeaders', onRequest);
    onTestFinished(() => void unsubscribe('undici:client:sendHeaders', onRequest));
    const reporter = reporterTo(server.url, { compression: 'none', apiVersion: 'v1' });
    // More bytes than the sockets hold, so the rest is read from the memory into which the rows were written.
    const constantTags = Array.from({ length: 14_000 }, (_, i) => `t${i}:`.padEnd(199, 'x'));
    const { stats, errors, clock } = startClient(engine, { reporter, counterType: 'count', constantTags });
    for (const value of VALUES) {
      stats.increment('shop.requests', value);
      expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 1, pending: 0 });
      clock.seconds += 10;
    }
    expect(errors).toEqual([]);
    expect(server.connections).toHaveLength(1);
    socket!.on('data', (chunk) => {
      text += chunk;
    });
    socket!.resume();
    const read = (): unknown => text.match(/POST |"shop\.requests"|"points":\[\[\d+,\d+\]\]\}\]\}/g);
    const expected = VALUES.flatMap((value, i) => ['POST ', '"shop.requests"', `"points":[[${START + 10 * i},${value}]]}]}`]);
    await vi.waitFor(() => expect(read()).toEqual(expected), 10_000);
  },
);
