import { infrastructureVariable, serveInfrastructure, type LazyInfrastructure } from './lazy-infrastructure.ts';

interface Shared {
  users: number;
  infrastructure: Promise<LazyInfrastructure>;
}

// Each vitest project loads this module for itself; the process is what they share.
const place = Symbol.for('heddle.test.infrastructure');
const shared = globalThis as typeof globalThis & { [place]?: Shared };

/** Vitest's global set-up: makes PostgreSQL and RabbitMQ available to all workers of the run. */
export default async function setup(): Promise<() => Promise<void>> {
  const current = (shared[place] ??= { users: 0, infrastructure: serveInfrastructure(process.env) });
  current.users += 1;
  process.env[infrastructureVariable] = (await current.infrastructure).url;
  return async () => {
    current.users -= 1;
    if (current.users > 0) return;
    delete shared[place];
    await (await current.infrastructure).stop();
  };
}
