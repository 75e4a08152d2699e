export { startKubernetes, type KubernetesApi, type StartKubernetesOptions } from './start-kubernetes.ts';
export { startKubeSandbox, type KubeSandbox, type KubeSandboxOptions } from './kube-sandbox.ts';
export { TEST_FAULTS, type Faults } from './faults.ts';
export type { InjectedFailure, RequestRecord } from './http/levers.ts';
export type { KeyPair } from './certificates/certificate-authority.ts';
export { CertificateAuthority } from './certificates/certificate-authority.ts';
export { kubeconfigText, type KubeconfigParts } from './kubeconfig.ts';
