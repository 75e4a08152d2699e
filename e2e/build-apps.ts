import { buildableApps, buildApp, isStale } from '@heddle/local';

/** Vitest's global set-up: builds once what the tests run, before two of them would do it at the same time. */
export default async function setup(): Promise<void> {
  for (const app of buildableApps().filter(isStale)) await buildApp(app);
}
