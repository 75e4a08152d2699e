import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kube/kube-object.ts';
import { attemptStatus, heartbeatStatus, startRun } from './agent-status.ts';
import type { Fault } from './fault.ts';

const agent: KubeObject = {
  apiVersion: 'agent.githedgehog.com/v1beta1', kind: 'Agent', metadata: { name: 'leaf-1', generation: 4 },
  spec: {
    switch: { portBreakouts: { 'E1/50': '4x25G' } },
    connections: {
      'server-1--unbundled--leaf-1': { unbundled: { link: { server: { port: 'server-1/eth0' }, switch: { port: 'leaf-1/E1/1' } } } },
      'leaf-1--mesh--leaf-2': { mesh: { links: [{ leaf1: { port: 'leaf-1/E1/9', ip: '172.30.128.0/31' }, leaf2: { port: 'leaf-2/E1/9', ip: '172.30.128.1/31' } }] } },
    },
  },
};
const says = (fault?: Fault) => heartbeatStatus(agent, startRun(0), 60_000, fault);

describe('a simulated switch', () => {
  it('tells of a healthy fabric when nothing is pulled', () => {
    expect(says()).toMatchObject({
      rebootRequired: false,
      state: { breakouts: { 'E1/50': { mode: '4x25G', status: 'Completed' } }, interfaces: { 'E1/1': { oper: 'up', errDisabled: false }, 'E1/9': { lldpNeighbors: [{ sysName: 'leaf-2', portID: 'E1/9' }] } } },
    });
  });

  it.each<[Fault, object]>([
    ['wrong-cable', { state: { interfaces: { 'E1/1': { lldpNeighbors: [{ sysName: 'server-1' }] }, 'E1/9': { oper: 'up', lldpNeighbors: [{ sysName: 'stranger-1', portID: 'E1/1' }] } } } }],
    ['err-disabled', { state: { interfaces: { 'E1/1': { oper: 'down', errDisabled: true }, 'E1/9': { oper: 'up', errDisabled: false } } } }],
    ['reboot', { rebootRequired: true }],
    ['breakout', { state: { breakouts: { 'E1/50': { mode: '1x100G', status: 'InProgress' } } } }],
  ])('shows the fault %s, also when it applies', (fault, status) => {
    expect(says(fault)).toMatchObject(status);
    expect(attemptStatus(agent, startRun(0), 60_000, fault)).toMatchObject({ ...status, lastAppliedGen: 4 });
  });
});
