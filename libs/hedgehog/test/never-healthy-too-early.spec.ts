import fc from 'fast-check';
import { expect, it } from 'vitest';
import { agentView, carries, convergenceOf, normalise, standingsOf } from '../src/index.ts';
import type { AgentView, JsonObject, NormalisedObject } from '../src/index.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const spec = (vlan: number): JsonObject => ({ ipv4Namespace: 'default', vlanNamespace: 'default', subnets: { default: { subnet: '10.0.1.0/24', vlan } } });
const vpc: NormalisedObject = normalise({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name: 'vpc-1' }, spec: spec(1001) });

interface State { copy: 'same' | 'other' | 'none'; generation: number; applied: number | null; attempted: number | null; heartbeatAge: number | null; refused: boolean; since: number | null }

const generation = fc.integer({ min: 1, max: 4 });
const state: fc.Arbitrary<State | null> = fc.option(fc.record({
  copy: fc.constantFrom('same', 'other', 'none'), generation, applied: fc.option(generation), attempted: fc.option(generation),
  heartbeatAge: fc.option(fc.integer({ min: -120, max: 120 })), refused: fc.boolean(), since: fc.option(generation),
}), { freq: 9 });

function viewOf(name: string, { copy, generation: told, applied, attempted, heartbeatAge, refused }: State): AgentView {
  const time = (age: number) => new Date(NOW.getTime() - age * 1_000).toISOString();
  const status = {
    ...(applied !== null && { lastAppliedGen: applied, lastAppliedTime: time(30) }), ...(attempted !== null && { lastAttemptGen: attempted, lastAttemptTime: time(10) }),
    ...(heartbeatAge !== null && { lastHeartbeat: time(heartbeatAge) }), ...(refused && { conditions: [{ type: 'Applied', status: 'False', message: 'no' }] }),
  };
  return agentView('Agent', name, told, { spec: { vpcs: copy === 'none' ? {} : { 'vpc-1': spec(copy === 'same' ? 1001 : 1002) } }, status });
}

const fabric = fc.record({
  states: fc.array(state, { minLength: 1, maxLength: 4 }), concerned: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), deleted: fc.boolean(),
});

it('an object is never on the switches while one of them has not applied it', () => {
  let converged = 0;
  fc.assert(fc.property(fabric, ({ states, concerned: flags, deleted }) => {
    const names = states.map((_state, index) => `leaf-${index + 1}`);
    const concerned = names.filter((_name, index) => flags[index]);
    const agents = states.flatMap((each, index) => (each ? [viewOf(names[index]!, each)] : []));
    const carriedSince = new Map(states.flatMap((each, index) => (each?.since ? [[names[index]!, each.since] as const] : [])));
    const question = { object: vpc, deleted, concerned, agents, now: NOW, carriedSince };
    const { state: verdict } = convergenceOf(question);
    const standings = standingsOf(question);
    expect(verdict === 'converged').toBe(standings.every((standing) => standing.verdict === 'done'));
    if (verdict !== 'converged') return;
    converged += 1;
    for (const name of concerned) {
      const each = states[names.indexOf(name)];
      // A deleted object may have concerned a switch that is gone itself.
      if (deleted && !each) continue;
      expect(each, name).toMatchObject({ copy: deleted ? 'none' : 'same' });
      expect(Math.abs(each!.heartbeatAge ?? 999), name).toBeLessThan(60);
      expect(each!.applied ?? 0, name).toBeGreaterThanOrEqual(Math.min(each!.since ?? each!.generation, each!.generation));
    }
    for (const agent of agents) expect(['no', ...(deleted ? [] : ['yes', 'other'])]).toContain(carries(agent, vpc));
  }), { numRuns: 500 });
  expect(converged).toBeGreaterThan(5);
});

it('of a kind that no Agent embeds nothing is known, switch by switch', () => {
  const server = normalise({ apiVersion: 'wiring.githedgehog.com/v1beta1', kind: 'Server', metadata: { name: 's-1' }, spec: {} });
  const agent = viewOf('leaf-1', { copy: 'same', generation: 3, applied: 3, attempted: 3, heartbeatAge: 5, refused: false, since: null });
  const question = { object: server, concerned: ['leaf-1'], agents: [agent], now: NOW };
  expect(convergenceOf(question)).toMatchObject({ state: 'unknown', reason: 'NotCarriedByAgents' });
  expect(standingsOf(question)).toEqual([{ kind: 'Agent', name: 'leaf-1', concerned: true, verdict: 'unknown', carries: 'unknown', wantedGeneration: null, appliedGeneration: 3, heartbeatAgeMs: 5_000, error: null }]);
});

it('names of each switch what it is waited for', () => {
  const states: State[] = [
    { copy: 'same', generation: 5, applied: 4, attempted: 5, heartbeatAge: 3, refused: true, since: 5 },
    { copy: 'none', generation: 4, applied: 4, attempted: 4, heartbeatAge: 70, refused: false, since: null },
  ];
  const question = { object: vpc, concerned: ['leaf-1', 'leaf-2', 'leaf-9'], agents: states.map((each, index) => viewOf(`leaf-${index + 1}`, each)), now: NOW, carriedSince: new Map([['leaf-1', 5]]) };
  expect(standingsOf(question)).toMatchObject([
    { name: 'leaf-1', verdict: 'WaitingForSwitch', carries: 'yes', wantedGeneration: 5, appliedGeneration: 4, heartbeatAgeMs: 3_000, error: 'no' },
    { name: 'leaf-2', verdict: 'HeartbeatStale', carries: 'no', wantedGeneration: null, appliedGeneration: 4, heartbeatAgeMs: 70_000 },
    { name: 'leaf-9', verdict: 'AgentMissing', carries: 'unknown', wantedGeneration: null, appliedGeneration: null, heartbeatAgeMs: null },
  ]);
});
