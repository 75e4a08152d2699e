import { VERBS_OF_ROLE } from '@heddle/contracts';
import { WATCHED_KINDS } from '@heddle/hedgehog';
import { stringify } from 'yaml';

export interface AccessOptions {
  /** Where the fabric's objects are. */
  namespace: string;
  /** Name of the ServiceAccount, the Role and what belongs to them. */
  account: string;
}

/** To kubectl, which reads YAML 1.1, a plain `no` or `on` is no name. */
const YAML_OF_KUBECTL = { aliasDuplicateObjects: false, version: '1.1' } as const;

/** A ServiceAccount with a token that may do what Heddle does in a fabric, and nothing else: YAML for `kubectl apply`. */
export function renderAccess({ namespace, account }: AccessOptions): string {
  const metadata = { name: account, namespace };
  const objects = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: rules() },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: account }, subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    },
    { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token', metadata: { name: `${account}-token`, namespace, annotations: { 'kubernetes.io/service-account.name': account } } },
  ];
  const head = [
    "# What Heddle needs in a fabric's cluster. Apply it there, then give Heddle the token and the certificate authority:",
    `#   kubectl -n ${namespace} get secret ${account}-token -o jsonpath='{.data.token}' | base64 -d`,
    `#   kubectl -n ${namespace} get secret ${account}-token -o jsonpath='{.data.ca\\.crt}' | base64 -d`,
  ];
  return `${head.join('\n')}\n${objects.map((object) => stringify(object, YAML_OF_KUBECTL)).join('---\n')}`;
}

/** One rule for each API group and set of verbs. */
function rules(): { apiGroups: string[]; resources: string[]; verbs: string[] }[] {
  const groups = Map.groupBy(WATCHED_KINDS, ({ group, watch }) => `${group} ${watch.role}`);
  return [...groups.values()].map((kinds) => ({ apiGroups: [kinds[0]!.group], resources: kinds.map(({ plural }) => plural).sort(), verbs: [...VERBS_OF_ROLE[kinds[0]!.watch.role]] }));
}
