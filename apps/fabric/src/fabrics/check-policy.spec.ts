import { expect, it } from 'vitest';
import { checkPolicy } from './check-policy.ts';

it('takes rules that can hold', () => {
  expect(() => checkPolicy({ ignore: [{ kind: 'VPC', path: 'spec.subnets.*.vlan' }], drift: [{ policy: 'ask' }, { kind: 'VPC', policy: 'observe_only' }] })).not.toThrow();
  expect(() => checkPolicy({})).not.toThrow();
});

it('names each rule that can not', () => {
  const policy = { ignore: [{ path: 'spec.nowhere' }, { kind: 'Agent', path: 'spec.role' }], drift: [{ kind: 'VPC', policy: 'ask' as const }, { kind: 'VPC', policy: 'observe_only' as const }, { kind: 'Nothing', policy: 'ask' as const }] };
  expect(() => checkPolicy(policy)).toThrow(expect.objectContaining({ code: 'VAL-020', errors: ['policy.ignore[0].path', 'policy.ignore[1].kind', 'policy.drift[1].kind', 'policy.drift[2].kind'].map((field) => expect.objectContaining({ field }) as object) }));
});
