import { Agent } from 'undici';
import { describe } from 'vitest';
import { openPool } from '../../../src/http/transport/burst-transport.js';
import { DispatcherTransport } from '../../../src/http/transport/dispatcher-transport.js';
import { describeTransport } from '../support/transport-suite.js';

describe('the pool of undici that takes over in a burst', () => {
  describeTransport(openPool, { repeats: false, usesProxies: false });
});

describe('an Agent of the application', () => {
  describeTransport(
    ({ server }) => {
      const agent = new Agent();
      const transport = new DispatcherTransport(agent, server.origin);
      return {
        send: (request) => transport.send(request),
        async close() {
          await transport.close();
          await agent.destroy();
        },
      };
    },
    { repeats: false, usesProxies: false, limitsConnections: false, verifies: false },
  );
});
