import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startClient } from '../../support/client.js';
import { engineNames } from '../../support/engines.js';
import { reporterTo } from '../support/reporter.js';
import { closed, serveConnections } from '../support/server.js';

const RESPONSE = 'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}';
const VALUES = [1000, 1001, 1002, 1003];

/** A connection is used again if the system has taken the whole body, even if the server has not read it. */
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
    // The first request over each connection got its response above.
    const onRequest = (): void => void (socket?.destroyed === false && socket.isPaused() && socket.write(RESPONSE));
    subscribe('http.client.request.start', onRequest);
    onTestFinished(() => void unsubscribe('http.client.request.start', onRequest));
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
    for (const connection of server.connections) {
      connection.on('data', (chunk) => {
        text += chunk;
      });
      connection.resume();
    }
    // A body that the system had not taken when its response came is cut off; no body shows the value of another one.
    await stats.stop();
    await Promise.all(server.connections.map(closed));
    const seen = [...text.matchAll(/"points":\[\[\d+,(\d+)\]\]\}\]\}/g)].map(([, value]) => value);
    expect(seen).toEqual([...new Set(seen)]);
  },
);
