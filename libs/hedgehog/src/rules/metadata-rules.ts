import { MANAGED_KINDS } from '../kinds/kinds.ts';
import { hitIf } from './rule.ts';
import type { Rule } from './rule.ts';

const DNS_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** VPCs, Externals and IPv4Namespaces become parts of interface and routing-table names on switches. */
const SHORT_NAME = 11;

const tenant = { subnets: { default: { subnet: '10.0.1.0/24', vlan: 1001 } } };

export const metadataRules: readonly Rule[] = [
  {
    id: 'name-dns',
    kinds: MANAGED_KINDS.map((descriptor) => descriptor.kind),
    severity: 'error',
    text: 'A name is a lowercase RFC 1123 subdomain of at most 253 characters',
    remedy: 'Use lowercase letters, digits, - and ., beginning and ending with a letter or digit',
    check: ({ metadata: { name } }) => hitIf(!DNS_NAME.test(name) || name.length > 253, 'metadata.name', `${JSON.stringify(name)} is not a valid name`),
    good: [{ name: 'leaf-01.rack-2', kind: 'Server', spec: {} }],
    bad: [{ name: 'Leaf_01', kind: 'Server', spec: {} }, { name: '', kind: 'Server', spec: {} }],
  },
  {
    id: 'namespace-default',
    kinds: MANAGED_KINDS.map((descriptor) => descriptor.kind),
    severity: 'error',
    text: 'Hedgehog takes objects in the namespace default only',
    remedy: 'Set metadata.namespace to default, or leave it out',
    check: ({ metadata: { namespace } }) => hitIf(namespace !== 'default', 'metadata.namespace', `Namespace ${namespace} is not default`),
    good: [{ kind: 'Server', spec: {} }],
    bad: [{ kind: 'Server', namespace: 'fab', spec: {} }],
  },
  {
    id: 'name-length',
    kinds: ['VPC', 'External', 'IPv4Namespace'],
    severity: 'error',
    text: `Names of VPCs, Externals and IPv4Namespaces have at most ${SHORT_NAME} characters`,
    remedy: 'Choose a shorter name',
    check: ({ metadata: { name } }) => hitIf(name.length > SHORT_NAME, 'metadata.name', `${name} has ${name.length} characters, ${SHORT_NAME} are allowed`),
    good: [{ name: 'vpc-1234567', spec: tenant }],
    bad: [{ name: 'vpc-12345678', spec: tenant }, { kind: 'External', name: 'default--5835', spec: {} }],
  },
  {
    id: 'vpc-name-prefix',
    kinds: ['VPC'],
    severity: 'error',
    text: 'The name of a VPC does not begin with ext.: gateway peerings name Externals so',
    remedy: 'Choose another name',
    check: ({ metadata: { name } }) => hitIf(name.startsWith('ext.'), 'metadata.name', `${name} begins with ext.`),
    good: [{ name: 'ext-1', spec: tenant }],
    bad: [{ name: 'ext.isp', spec: tenant }],
  },
];
