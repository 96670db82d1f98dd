import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { proxyFor } from '../../src/http/proxy.js';

const HTTPS = new URL('https://api.datadoghq.com');
const HTTP = new URL('http://127.0.0.1:8428/datadog');

test.each([
  [HTTPS, {}, undefined],
  [HTTPS, { HTTP_PROXY: 'http://a' }, undefined],
  [HTTP, { HTTPS_PROXY: 'http://a' }, undefined],
  [HTTPS, { DD_PROXY_HTTPS: 'http://a:1', HTTPS_PROXY: 'http://b', https_proxy: 'http://c' }, 'http://a:1'],
  [HTTPS, { DD_PROXY_HTTPS: '', HTTPS_PROXY: 'http://b', https_proxy: 'http://c' }, 'http://b'],
  [HTTPS, { https_proxy: 'https://c:8443/' }, 'https://c:8443'],
  [HTTP, { DD_PROXY_HTTP: 'http://a', HTTP_PROXY: 'http://b' }, 'http://a'],
  [HTTP, { HTTP_PROXY: 'http://b', http_proxy: 'http://c' }, 'http://b'],
  [HTTP, { http_proxy: 'c:3128' }, 'http://c:3128'],
])('the proxy to %s with %j is %s', (target, environment, expected) => {
  expect(proxyFor(target, environment as Record<string, string>)?.url.origin).toBe(expected);
});

describe('NO_PROXY', () => {
  test.each([
    ['https://api.datadoghq.com', '*', false],
    ['https://api.datadoghq.com', 'a.example, *', false],
    ['https://api.datadoghq.com', 'datadoghq.com', false],
    ['https://api.datadoghq.com', 'DatadogHQ.com', false],
    ['https://api.datadoghq.com', '.datadoghq.com', false],
    ['https://api.datadoghq.com', '*.datadoghq.com', false],
    ['https://api.datadoghq.com', 'api.datadoghq.com', false],
    ['https://api.datadoghq.com', '.api.datadoghq.com', false],
    ['https://api.datadoghq.com', 'com', false],
    ['https://api.datadoghq.com', 'a.example,datadoghq.com', false],
    ['https://api.datadoghq.com', 'a.example datadoghq.com', false],
    ['https://api.datadoghq.com', 'datadoghq.com:443', false],
    ['https://api.datadoghq.com', 'datadoghq.com:80', true],
    ['https://api.datadoghq.com:8443', 'datadoghq.com:443', true],
    ['https://api.datadoghq.com:8443', 'datadoghq.com:8443', false],
    ['http://api.datadoghq.com', 'datadoghq.com:80', false],
    ['https://api.datadoghq.com', 'hq.com', true],
    ['https://api.datadoghq.com', 'api.datadoghq', true],
    ['https://api.datadoghq.com', 'x.api.datadoghq.com', true],
    ['https://api.datadoghq.com', ',  ,', true],
    ['https://api.datadoghq.com', ':443', true],
    ['https://api.datadoghq.com', '', true],
    ['http://127.0.0.1:8428', '127.0.0.1', false],
    ['http://127.0.0.1:8428', '127.0.0.1:8428', false],
    ['http://127.0.0.1:8428', '127.0.0.1:1', true],
    ['http://127.0.0.1:8428', '27.0.0.1', true],
    ['http://localhost:8428', 'localhost,127.0.0.1', false],
    ['http://[::1]:8428', '::1', false],
    ['http://[::1]:8428', '[::1]', false],
    ['http://[::1]:8428', '[::1]:8428', false],
    ['http://[::1]:8428', '[::1]:80', true],
    ['http://[::1]:8428', '::2', true],
    ['http://10.1.2.3:8428', '10.0.0.0/8', false],
    ['http://10.1.2.3:8428', 'a.example, 10.1.2.3/32', false],
    ['http://11.1.2.3:8428', '10.0.0.0/8', true],
    ['http://[fd00::1]:8428', 'fd00::/8', false],
    ['http://[fd00::1]:8428', '[fd00::]/8', false],
    ['http://[fd00::1]:8428', '10.0.0.0/8', true],
    ['http://[::ffff:10.1.2.3]:8428', '10.0.0.0/8', false],
    ['http://10.1.2.3:8428', '10.0.0.0/33', true],
    ['http://10.1.2.3:8428', '10.0.0.0/', true],
    ['http://10.1.2.3:8428', '/8', true],
    ['https://api.datadoghq.com', '0.0.0.0/0', true],
  ])('for %s with %j: a proxy is used: %s', (target, NO_PROXY, proxied) => {
    const environment = { HTTPS_PROXY: 'http://p', HTTP_PROXY: 'http://p', NO_PROXY };
    expect(proxyFor(new URL(target), environment) !== undefined).toBe(proxied);
  });

  test('is ignored if DD_PROXY_NO_PROXY is set', () => {
    const environment = { HTTPS_PROXY: 'http://p', NO_PROXY: '*', no_proxy: '*' };
    expect(proxyFor(HTTPS, environment)).toBeUndefined();
    expect(proxyFor(HTTPS, { ...environment, DD_PROXY_NO_PROXY: 'other.example' })).toBeDefined();
    expect(proxyFor(HTTPS, { HTTPS_PROXY: 'http://p', no_proxy: '*' })).toBeUndefined();
  });
});

describe('credentials', () => {
  test.each([
    ['http://user:pa%3Ass@p:3128', 'user:pa:ss'],
    ['http://user@p', 'user:'],
    ['http://:token@p', ':token'],
    ['http://%C3%A9:x@p', 'é:x'],
    ['http://u:100%@p', 'u:100%'],
    ['http://%zz:a%3Ab@p', '%zz:a:b'],
  ])('in %s are sent as %s, and are removed from the URL', (HTTPS_PROXY, credentials) => {
    const proxy = proxyFor(HTTPS, { HTTPS_PROXY })!;
    expect(proxy.authorization).toBe(`Basic ${Buffer.from(credentials).toString('base64')}`);
    expect(proxy.url.username + proxy.url.password).toBe('');
  });
});

test.each(['socks5://hunter2@p:1080', 'http://', 'http://user:hunter2@', 'user:hunter2@p:port', 'http://a b'])(
  '%j is refused with the name of its variable, and without the credentials',
  (value) => {
    for (const variable of ['DD_PROXY_HTTPS', 'https_proxy']) {
      let message = '';
      try {
        proxyFor(HTTPS, { [variable]: value });
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        message = inspect(error);
      }
      expect(message).toContain(`The environment variable ${variable} is "`);
      expect(message).not.toContain('hunter2');
    }
    expect(proxyFor(HTTPS, { https_proxy: value, NO_PROXY: '*' })).toBeUndefined();
  },
);
