import { randomUUID } from 'node:crypto';
import { kubeTime, type JsonObject } from '../kube-object.ts';
import type { Store } from '../store/store.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** Writes what a fresh server holds: its namespaces, and the roles that let everyone discover. Does nothing on a used store. */
export function bootstrap(store: Store): void {
  if (store.collection('/namespaces').size > 0) return;
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    put(store, '/namespaces', 'v1', 'Namespace', name, {
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  }
  for (const [name, rules] of Object.entries(CLUSTER_ROLES)) put(store, `${RBAC}/clusterroles`, `${RBAC}/v1`, 'ClusterRole', name, { rules });
  for (const [name, groups] of Object.entries(BINDINGS)) {
    put(store, `${RBAC}/clusterrolebindings`, `${RBAC}/v1`, 'ClusterRoleBinding', name, {
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: groups.map((group) => ({ kind: 'Group', apiGroup: RBAC, name: group })),
    });
  }
}

function put(store: Store, collection: string, apiVersion: string, kind: string, name: string, content: JsonObject): void {
  const labels: { [key: string]: string } = kind === 'Namespace' ? { 'kubernetes.io/metadata.name': name } : { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
  store.write(collection, name, { kind, apiVersion, metadata: { name, uid: randomUUID(), creationTimestamp: kubeTime(), labels }, ...content });
}

const read = ['get', 'list', 'watch'];
const change = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const ordinary = ['configmaps', 'events', 'serviceaccounts'];

const CLUSTER_ROLES: { [name: string]: JsonObject[] } = {
  'system:basic-user': [
    { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'] },
    { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  ],
  'system:public-info-viewer': [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] }],
  'system:service-account-issuer-discovery': [{ verbs: ['get'], nonResourceURLs: ['/.well-known', '/.well-known/*'] }],
  'system:discovery': [
    {
      verbs: ['get'],
      nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz', '/version', '/version/'],
    },
  ],
  'cluster-admin': [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ],
  admin: [
    { verbs: [...read, ...change], apiGroups: [''], resources: [...ordinary, 'secrets'] },
    { verbs: [...read, ...change], apiGroups: [RBAC], resources: ['roles', 'rolebindings'] },
  ],
  edit: [{ verbs: [...read, ...change], apiGroups: [''], resources: [...ordinary, 'secrets'] }],
  view: [{ verbs: read, apiGroups: [''], resources: ordinary }],
};

const BINDINGS: { [role: string]: string[] } = {
  'system:basic-user': ['system:authenticated'],
  'system:public-info-viewer': ['system:authenticated', 'system:unauthenticated'],
  'system:service-account-issuer-discovery': ['system:authenticated'],
  'system:discovery': ['system:authenticated'],
  'cluster-admin': ['system:masters'],
};
