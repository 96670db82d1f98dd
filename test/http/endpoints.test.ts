import { describe, expect, test } from 'vitest';
import { bodyTargetBytes, ENDPOINTS, endpointAt } from '../../src/http/endpoints.js';

const endpoints = Object.values(ENDPOINTS);

test.each(endpoints.map((endpoint) => [endpoint.path, endpoint]))('the endpoint %s is found by its path', (path, endpoint) => {
  expect(endpointAt(path)).toBe(endpoint);
});

test('a payload for an unknown endpoint, which another version may have spooled, has no limits', () => {
  const endpoint = endpointAt('/api/v9/series');
  expect(endpoint.path).toBe('/api/v9/series');
  expect(endpoint.maxSentBytes).toBe(Number.POSITIVE_INFINITY);
  expect(endpoint.maxBodyBytes).toBe(Number.POSITIVE_INFINITY);
});

describe('bodies are filled', () => {
  test.each(endpoints.map((endpoint) => [endpoint.path, endpoint]))('up to the limits of %s', (_, endpoint) => {
    expect(bodyTargetBytes(endpoint, 'none')).toBeLessThanOrEqual(Math.min(endpoint.maxSentBytes, endpoint.maxBodyBytes));
    expect(bodyTargetBytes(endpoint, 'gzip')).toBeLessThanOrEqual(endpoint.maxBodyBytes);
  });

  test.each(endpoints.map((endpoint) => [endpoint.path, endpoint]))('up to 1 MiB at most for %s', (_, endpoint) => {
    expect(bodyTargetBytes(endpoint, 'gzip')).toBeLessThanOrEqual(2 ** 20);
  });

  test('further if they are compressed', () => {
    expect(bodyTargetBytes(ENDPOINTS.v2, 'gzip')).toBeGreaterThan(bodyTargetBytes(ENDPOINTS.v2, 'none'));
  });
});
