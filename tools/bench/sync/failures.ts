import type { KubeSandbox } from '@heddle/kube-sandbox';

/** How API servers fail, one way each in turn. */
export const FAILURES: readonly ((api: KubeSandbox) => Promise<void> | void)[] = [
  // It refuses connections; accepts and never answers; answers 500; takes 3 s for each answer.
  (api) => api.close(),
  (api) => api.pause(),
  (api) => void api.failRequests({ status: 500 }),
  (api) => api.setLatency(3_000),
];
