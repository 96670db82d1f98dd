import { describe } from 'vitest';
import { openUndiciTransport } from '../../../src/http/transport/undici-transport.js';
import { describeTransport } from '../support/transport-suite.js';

describe('the transport on undici', () => describeTransport(openUndiciTransport));
