import { expect, test } from 'vitest';
import { MemoryReporter, ThreadStats } from '../src/index.js';

test('an event that names no host has that of its client, or of its child', async () => {
  const reporter = new MemoryReporter();
  const stats = new ThreadStats({ reporter, host: 'web-1' }).start({ flushMode: 'manual' });
  stats.event('of the client', '');
  stats.child({ host: 'web-2' }).event('of the child', '');
  stats.event('of its own', '', { hostname: 'db-1' });
  await stats.stop();
  expect(reporter.events).toEqual([
    { title: 'of the client', text: '', host: 'web-1' },
    { title: 'of the child', text: '', host: 'web-2' },
    { title: 'of its own', text: '', host: 'db-1' },
  ]);
});
