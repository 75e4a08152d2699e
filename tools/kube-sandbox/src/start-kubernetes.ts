import { startKubeSandbox, type KubeSandboxOptions } from './kube-sandbox.ts';
import { startRealKubernetes } from './real-kubernetes.ts';

/** A Kubernetes API, whichever kind could be had. */
export interface KubernetesApi {
  kind: 'sandbox' | 'real';
  /** https://127.0.0.1:port */
  url: string;
  caPem: string;
  /** A user of system:masters. */
  adminToken: string;
  /** Of the administrator when no token is given. */
  kubeconfig(token?: string): string;
  close(): Promise<void>;
}

export interface StartKubernetesOptions extends KubeSandboxOptions {
  /** A folder with `etcd` and `kube-apiserver`. Default: the environment's KUBEBUILDER_ASSETS. */
  assets?: string | undefined;
}

/**
 * Starts real etcd and kube-apiserver binaries where a folder of them is named, else the stand-in. What only the
 * stand-in has (faults, delays, levers) is left out of the result; use `startKubeSandbox` for it.
 */
export async function startKubernetes(options: StartKubernetesOptions = {}): Promise<KubernetesApi> {
  const { assets = process.env.KUBEBUILDER_ASSETS, ...rest } = options;
  if (assets === undefined || assets === '') return startKubeSandbox(rest);
  return startRealKubernetes({ assets, dataDir: rest.dataDir, port: rest.port });
}
