import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startIntake } from '../../src/intake/index.js';
import { runFixture } from '../support/child-process.js';
import { TemporaryDirectory } from '../support/temporary-directory.js';

const KEY = 'fedcba9876543210fedcba9876543210';

/** The forms in which a key may be written, by an accident or by a printed buffer. */
const SPELLINGS = [
  KEY,
  KEY.toUpperCase(),
  Buffer.from(KEY).toString('hex'),
  Buffer.from(KEY).toString('hex').match(/../g)!.join(' '),
  Buffer.from(KEY).toString('base64').replace(/=*$/, ''),
  [...KEY].reverse().join(''),
];

// They run at the same time, because they wait for processes.
test.concurrent.each([
  [403, { body: JSON.stringify({ errors: ['Forbidden', KEY] }) }],
  [403, { body: `<html>${KEY} `.repeat(200) }],
  [400, { body: KEY }],
  [413, { body: `{"key":"${KEY}"}` }],
  [429, { body: KEY, headers: { 'Retry-After': KEY, 'X-Api-Key': KEY } }],
  [500, { body: `${'x'.repeat(190)}${KEY}` }],
  [302, { body: '', headers: { Location: `http://127.0.0.1/${KEY}` } }],
])(
  'neither output nor spool of a process contains the API key when the intake echoes it with status %d',
  async (statusCode, answer) => {
    await using intake = await startIntake();
    intake.answer({ statusCode, ...answer }, { times: Number.POSITIVE_INFINITY });
    using temporary = new TemporaryDirectory();
    const folder = temporary.path;
    // Node.js and undici print what they do with connections, too.
    const NODE_DEBUG = 'threadstats,http,https,net,tls,timer,worker,undici,fetch';
    const env = { DD_URL: intake.url, DD_API_KEY: KEY, SPOOL: folder, NODE_DEBUG };
    const { stdout, stderr, exitCode } = await runFixture('secrets', { env });
    expect(exitCode).toBe(1);
    // It got as far as it should, and its warnings and its last error were printed.
    expect(stdout).toMatch(/\d+ errors seen\n$/);
    expect(Number(/(\d+) errors seen/.exec(stdout)![1])).toBeGreaterThanOrEqual(8);
    expect(stderr).toContain('ThreadStatsWarning');
    expect(stderr).toMatch(/^THREADSTATS \d+: payload: /m);
    expect(stdout).toMatch(/^channel payload$/m);
    expect(stdout).toMatch(/^channel error$/m);
    expect(stderr).toContain('The options of child must be an object');
    for (const spelling of SPELLINGS) {
      expect(stdout).not.toContain(spelling);
      expect(stderr).not.toContain(spelling);
    }
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const text = file.isFile() ? await readFile(join(file.parentPath, file.name), 'latin1') : '';
      for (const spelling of SPELLINGS) expect(file.name + text).not.toContain(spelling);
    }
    expect(intake.requests.length).toBeGreaterThan(4);
    for (const { path, headers, apiKeyIn } of intake.requests) {
      expect(apiKeyIn).toBe('header');
      expect(path).not.toContain(KEY);
      expect(headers['dd-api-key']).toBe('[redacted]');
      expect(JSON.stringify(headers)).not.toContain(KEY);
    }
  },
);
