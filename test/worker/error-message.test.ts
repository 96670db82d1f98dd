import { expect, test } from 'vitest';
import { IntakeError } from '../../src/diagnostics/errors.js';
import { ErrorReviver, errorMessage } from '../../src/worker/error-message.js';
import { ODD_VALUES } from '../support/odd-values.js';

test.each(Object.entries(ODD_VALUES))('a thrown value becomes an error that can be cloned: %s', (_, make) => {
  const message = structuredClone(errorMessage(make()));
  expect(new ErrorReviver().revive(message)).toBeInstanceOf(Error);
});

test('an error keeps its class, its code and its causes', () => {
  const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  const error = new IntakeError('ERR_THREADSTATS_INTAKE_UNREACHABLE', 'no answer', { retryable: true, cause });
  const revived = new ErrorReviver().revive(structuredClone(errorMessage(error)));
  expect(revived).toBeInstanceOf(IntakeError);
  expect(revived).toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_UNREACHABLE', retryable: true, cause: { code: 'ECONNRESET' } });
});
