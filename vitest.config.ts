import { defineConfig } from 'vitest/config';
import { faultFiles } from './tools/workspace/faults/fault-cases.ts';

// The only export condition: adding 'import' or 'node' makes pg resolve to a build that breaks.
const conditions = ['@heddle/source'];

/** Machines of the CI are slow and shared: what fails there twice is a fault, what fails once is told as retried. */
const retry = process.env['CI'] === undefined ? 0 : 1;

const everywhere = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    // Files of a worker share the modules that they import: loading Nest and the contracts anew for each took half of the time.
    isolate: false,
    retry,
    // Half of the time a file waits: for a deadline, a process, a lease. More than three on two cores make each other's timeouts run out.
    maxWorkers: 3,
    coverage: {
      provider: 'v8',
      reporter: ['text-summary', 'json-summary'],
      include: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'],
      exclude: ['**/*.spec.ts', '**/index.ts', 'libs/testing/**'],
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{apps,libs,tools}/**/*.spec.ts'],
          exclude: [...everywhere, '**/*.int.spec.ts', '**/*.faults.spec.ts', 'tools/kube-sandbox/contract/**'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: ['{apps,libs,tools}/**/test/**/*.int.spec.ts'],
          exclude: everywhere,
          globalSetup: ['libs/testing/src/infrastructure/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'kube',
          include: ['tools/kube-sandbox/contract/*.kube.spec.ts'],
          globalSetup: ['tools/kube-sandbox/contract/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 90_000,
          // Its files share one server and what is configured for the whole of it.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.spec.ts'],
          exclude: everywhere,
          globalSetup: ['libs/testing/src/infrastructure/global-setup.ts', 'e2e/build-apps.ts'],
          testTimeout: 180_000,
          hookTimeout: 240_000,
          // In one group with `int` and `unit`, and begun first, by the name of the project: their long waits leave the cores to others.
          // With `fileParallelism: false` and a group of its own each would run alone, and everything take four minutes longer.
        },
      },
      {
        extends: true,
        test: {
          // `npm run test:faults`, alone: a cluster of three brokers needs the machine.
          name: 'faults',
          include: ['{apps,libs,tools}/**/test/**/*.faults.spec.ts', 'e2e/**/*.faults.spec.ts', ...faultFiles],
          exclude: everywhere,
          globalSetup: ['libs/testing/src/infrastructure/global-setup.ts', 'e2e/build-apps.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
