import { describe, expect, it, onTestFinished } from 'vitest';
import { environmentTags, processEnvironment } from '../../src/options/environment.js';

describe('environmentTags', () => {
  it('returns nothing for an empty environment and for empty variables', () => {
    expect(environmentTags({})).toEqual([]);
    expect(environmentTags({ DATADOG_TAGS: '', DD_TAGS: '', DD_ENV: '', DD_SERVICE: '', DD_VERSION: '' })).toEqual([]);
  });

  it('splits the variable at commas, removes blanks around tags, and skips empty tags', () => {
    expect(environmentTags({ DATADOG_TAGS: 'a:1,,b:2' })).toEqual(['a:1', 'b:2']);
    expect(environmentTags({ DATADOG_TAGS: ' a:1 ,\tb: 2\n, ' })).toEqual(['a:1', 'b: 2']);
  });

  it.each(['a:1 b:2', 'a:1\nb:2\n', '\ta:1  b:2 '])('splits %j at blanks, because it has no comma', (DD_TAGS) => {
    expect(environmentTags({ DD_TAGS })).toEqual(['a:1', 'b:2']);
  });

  it('splits DATADOG_TAGS in the same way', () => {
    expect(environmentTags({ DATADOG_TAGS: 'team:core region:eu' })).toEqual(['team:core', 'region:eu']);
  });

  it('reads DD_TAGS when DATADOG_TAGS is unset or empty', () => {
    expect(environmentTags({ DATADOG_TAGS: 'a', DD_TAGS: 'b' })).toEqual(['a']);
    expect(environmentTags({ DD_TAGS: 'b' })).toEqual(['b']);
    expect(environmentTags({ DATADOG_TAGS: '', DD_TAGS: 'b' })).toEqual(['b']);
  });

  it('appends the tags env, service and version, in this order', () => {
    expect(environmentTags({ DD_VERSION: '9.9', DD_SERVICE: 'checkout', DD_ENV: 'staging', DATADOG_TAGS: 'solo' })).toEqual([
      'solo',
      'env:staging',
      'service:checkout',
      'version:9.9',
    ]);
  });
});

describe('processEnvironment', () => {
  it('reads the variables of the process, and counts one as unset that cannot be read', () => {
    const { env } = process;
    const permitted = (name: string | symbol): string | symbol => {
      if (String(name).startsWith('DD_') && name !== 'DD_READABLE') throw new Error('Requires env access');
      return name;
    };
    const guarded = new Proxy<Record<string, string | undefined>>(
      { ...env, DD_READABLE: 'text' },
      {
        get: (target, name) => Reflect.get(target, permitted(name)),
        getOwnPropertyDescriptor: (target, name) => Reflect.getOwnPropertyDescriptor(target, permitted(name)),
      },
    );
    Object.defineProperty(process, 'env', { value: guarded, configurable: true, writable: true });
    onTestFinished(() => void Object.defineProperty(process, 'env', { value: env, configurable: true, writable: true }));
    expect(processEnvironment.DD_READABLE).toBe('text');
    expect(processEnvironment.DD_API_KEY).toBeUndefined();
    expect(environmentTags(processEnvironment)).toEqual([]);
  });
});
