import type { LookupFunction } from 'node:net';
import type { OutboundGuard } from '@heddle/platform';

/** A DNS lookup for sockets that answers allowed addresses only: what was checked is what is connected to. */
export function guardedLookup(guard: OutboundGuard): LookupFunction {
  return (hostname, options, callback) => {
    guard.resolve(hostname).then(
      ({ address, family }) => (options.all ? callback(null, [{ address, family }]) : callback(null, address, family)),
      (error: NodeJS.ErrnoException) => callback(error, '', 4),
    );
  };
}
