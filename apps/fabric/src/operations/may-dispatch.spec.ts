import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepState } from '../state/step-machine.ts';
import { type Gate, type GatedStep, type GateFacts, type Hold, mayDispatch, partsOf } from './may-dispatch.ts';

const now = new Date('2026-01-10T12:00:00Z');
const facts: GateFacts = { now, fabric: { name: 'lab', state: 'active' }, operation: { id: 'o', number: 7, trigger: 'manual', createdAt: new Date('2026-01-10T11:00:00Z') } };
const step = (name: string, ...dependsOn: string[]): GatedStep => ({ stepId: name, action: 'create', kind: 'VPC', name, dependsOn });
const hold: Hold = { reason: 'ApprovalNeeded', for: 'an approval', since: now, until: null, owner: 'a person', remedy: 'Approve the plan.' };
const holding = (...names: string[]): Gate => (_facts, { name }) => (names.includes(name) ? hold : null);
const names = (steps: { step: GatedStep }[]) => steps.map(({ step: { name } }) => name);

describe('mayDispatch', () => {
  it('lets the steps of an active fabric go', () => {
    expect(mayDispatch(facts, step('a'))).toBeNull();
  });

  it.each([['maintenance', 'Maintenance'], ['decommissioned', 'Decommissioned']] as const)('holds everything of a fabric in %s', (state, reason) => {
    expect(mayDispatch({ ...facts, fabric: { name: 'lab', state } }, step('a'))).toMatchObject({ reason, owner: 'a person', for: expect.stringContaining('lab') });
  });

  describe('the pause before a VNI is used again', () => {
    const paused = { ...facts, operation: { ...facts.operation, startedAt: now }, vpcs: { fading: [{ name: 'old', agents: ['leaf-2', 'leaf-1'] }], pauseSeconds: 60 } };

    it('holds what makes a VPC while Agents carry a deleted one', () => {
      expect(mayDispatch(paused, step('a'))).toMatchObject({ reason: 'VniPause', for: 'Agents leaf-1, leaf-2 to drop VPC old', until: new Date(now.getTime() + 60_000), givenUp: { reason: 'AgentsKeepVpc' } });
    });

    it.each([[{ ...step('a'), action: 'update' as const }, paused], [{ ...step('a'), kind: 'VPCPeering' }, paused], [step('a'), { ...paused, vpcs: { ...paused.vpcs, fading: [] } }], [step('a'), { ...paused, vpcs: { ...paused.vpcs, pauseSeconds: 0 } }]])('lets %j go', (given, known) => {
      expect(mayDispatch(known, given)).toBeNull();
    });
  });

  describe('the dry run before the first write', () => {
    const asked = (state: 'running' | 'passed' | 'refused' | 'failed') => ({ ...facts, dryRun: { state, message: '', createdAt: now, until: new Date(now.getTime() + 1_000), results: { a: { state: state === 'refused' ? 'refused' as const : 'running' as const, message: 'no' } } } });

    it('holds every step until it has passed', () => {
      expect(mayDispatch(asked('running'), step('b'))).toMatchObject({ reason: 'DryRun', until: new Date(now.getTime() + 1_000), givenUp: { reason: 'DryRunFailed' } });
      expect(mayDispatch(asked('passed'), step('b'))).toBeNull();
    });

    it('gives all of them up at once when one is refused, in its own words', () => {
      expect(mayDispatch(asked('refused'), step('a'))).toMatchObject({ until: now, givenUp: { reason: 'DryRunRefused', message: 'no' } });
      expect(mayDispatch(asked('refused'), step('b'))).toMatchObject({ until: now, givenUp: { reason: 'DependencyFailed', message: expect.stringContaining('Nothing was written') } });
      expect(mayDispatch(asked('failed'), step('b'))).toMatchObject({ until: now, givenUp: { reason: 'DryRunFailed' } });
    });
  });

  it('shows the first gate that holds', () => {
    const other: Gate = () => ({ ...hold, reason: 'VniInUse' });
    expect(mayDispatch(facts, step('a'), [() => null, other, holding('a')])).toMatchObject({ reason: 'VniInUse' });
  });
});

describe('partsOf', () => {
  const chain = [step('a'), step('b', 'a'), step('c', 'b'), step('d')];
  const states = (given: Record<string, StepState> = {}) => new Map(Object.entries(given));

  it('holds only what a gate holds and what is behind it', () => {
    const parts = partsOf(chain, states(), facts, [holding('b')]);
    expect(parts.free.map(({ name }) => name)).toEqual(['a', 'd']);
    expect(names(parts.held)).toEqual(['b', 'c']);
    expect(parts.held[1]!.hold).toMatchObject({ reason: 'Dependency', for: 'step create VPC b, which waits for an approval', owner: 'a person', remedy: 'Approve the plan.' });
  });

  it('sends what waits for steps that are under way', () => {
    expect(partsOf(chain, states({ a: 'sent', d: 'done' }), facts).free.map(({ name }) => name)).toEqual(['b', 'c']);
  });

  it.each(['stalled', 'not_started'] as const)('never sends what is behind a step that is %s', (state) => {
    const parts = partsOf(chain, states({ a: state }), facts);
    expect(parts.blocked.map(({ step: { name }, by }) => `${name} by ${by}`)).toEqual(['b by a', 'c by b']);
    expect(parts.free.map(({ name }) => name)).toEqual(['d']);
  });

  it('ends for steps that wait for each other', () => {
    const { free, held } = partsOf([step('a', 'b'), step('b', 'a')], states(), facts, [holding('a')]);
    expect(free.length + held.length).toBe(2);
  });

  it('sorts every planned step once, in any order, and never sends one before what it waits for', () => {
    const graph = fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { minLength: 1 }).chain((ids) => fc.record({
      steps: fc.tuple(...ids.toSorted((a, b) => a - b).map((id) => fc.subarray(ids.filter((other) => other < id)).map((before) => step(`s${id}`, ...before.map((other) => `s${other}`))))).chain((steps) => fc.shuffledSubarray(steps, { minLength: steps.length })),
      held: fc.subarray(ids).map((some) => some.map((id) => `s${id}`)),
      past: fc.dictionary(fc.constantFrom(...ids.map((id) => `s${id}`)), fc.constantFrom<StepState>('sent', 'done', 'stalled', 'not_started', 'retry', 'waiting')),
    }));
    fc.assert(fc.property(graph, ({ steps, held, past }) => {
      const parts = partsOf(steps, states(past), facts, [holding(...held)]);
      const sorted = [...parts.free, ...parts.held.map((each) => each.step), ...parts.blocked.map((each) => each.step)];
      expect(sorted.map(({ name }) => name).toSorted()).toEqual(steps.map(({ name }) => name).filter((name) => !(name in past)).toSorted());
      const gone = new Set([...parts.free.map(({ stepId }) => stepId), ...Object.entries(past).filter(([, state]) => state !== 'stalled' && state !== 'not_started').map(([name]) => name)]);
      for (const { dependsOn } of parts.free) expect(dependsOn.every((stepId) => gone.has(stepId))).toBe(true);
    }));
  });
});
