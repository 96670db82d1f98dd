import { gunzipSync, inflateSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';

test('pako compresses where node:zlib is missing', async () => {
  const loaded: string[] = [];
  vi.resetModules();
  vi.doMock('node:zlib', () => {
    loaded.push('node:zlib');
    throw new Error('No such built-in module: node:zlib');
  });
  vi.doMock('pako', (load) => {
    loaded.push('pako');
    return load();
  });
  try {
    const { compress } = await import('../../src/http/compress.js');
    const body = Buffer.from('{"series":[]}');
    expect(String(gunzipSync(await compress(body, 'gzip')))).toBe(String(body));
    expect(String(inflateSync(await compress(body, 'deflate')))).toBe(String(body));
    expect(loaded).toEqual(['node:zlib', 'pako']);
  } finally {
    vi.doUnmock('node:zlib');
    vi.doUnmock('pako');
  }
});
