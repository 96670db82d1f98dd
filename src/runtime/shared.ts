import { optionalBuiltin } from './builtin.js';
import { isRequestBound } from './request-bound.js';

interface Request {
  value?: unknown;
}

/**
 * Returns a value that all copies of this package in this thread share, such as the ES module and the CommonJS module. The copy
 * that needs it first makes it, and gives it to the others over a channel of `node:diagnostics_channel`, because globals are the
 * application's. Where a runtime has no such module, each copy has a value of its own.
 *
 * @param name Must change with the form of the value, because the copies may be of different versions.
 */
export function sharedByCopies<Value extends object>(name: string, make: () => Value): Value {
  // workerd permits no publishing outside of a handler.
  const diagnostics = isRequestBound() ? undefined : optionalBuiltin('node:diagnostics_channel');
  const channelName = `threadstats:${name}`;
  const request: Request = {};
  diagnostics?.channel(channelName).publish(request);
  if (request.value !== undefined) return request.value as Value;
  const value = make();
  diagnostics?.subscribe?.(channelName, (message) => {
    (message as Request).value = value;
  });
  return value;
}
