import type { KubeSandbox } from '@heddle/kube-sandbox';

/** How API servers fail, one way each in turn. */
export const FAILURES: readonly { way: string; begin(api: KubeSandbox): Promise<void> | void }[] = [
  { way: 'refuses connections', begin: (api) => api.close() },
  { way: 'accepts and never answers', begin: (api) => api.pause() },
  { way: 'answers 500', begin: (api) => void api.failRequests({ status: 500 }) },
  { way: 'takes 3 s for each answer', begin: (api) => api.setLatency(3_000) },
];
