import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StepGraph, type GraphStep } from './step-graph.ts';

const step = (stepId: string, dependsOn: string[] = [], state: GraphStep['state'] = 'pending', attempt = 1): GraphStep => ({ key: `${stepId}/${attempt}`, stepId, dependsOn, state });

function graphOf(...steps: GraphStep[]): StepGraph {
  const graph = new StepGraph();
  graph.add(steps);
  return graph;
}

describe('StepGraph', () => {
  it('hands out what depends on nothing, up to the limit', () => {
    const graph = graphOf(step('a'), step('b'), step('c'), step('d', ['a']));
    expect(graph.take(2)).toEqual(['a/1', 'b/1']);
    expect(graph.take(2)).toEqual(['c/1']);
    expect(graph.running).toBe(3);
  });

  it('knows what stands behind a step that was taken', () => {
    const graph = graphOf(step('c', ['b']), step('b', ['a']), step('a'), step('x', ['y']), step('y', ['x']));
    expect(graph.waitsForTaken('c/1')).toBe(false);
    graph.take(1);
    expect(['a/1', 'b/1', 'c/1', 'x/1'].map((key) => graph.waitsForTaken(key))).toEqual([false, true, true, false]);
    graph.hold('a/1');
    expect(graph.waitsForTaken('c/1')).toBe(true);
    graph.finish('a/1', 'done');
    expect(graph.waitsForTaken('c/1')).toBe(false);
  });

  it('releases a step when all before it are done', () => {
    const graph = graphOf(step('a'), step('b'), step('c', ['a', 'b']));
    graph.take(2);
    graph.finish('a/1', 'done');
    expect(graph.take(5)).toEqual([]);
    graph.finish('b/1', 'done');
    expect(graph.take(5)).toEqual(['c/1']);
  });

  it('blocks all that depends on a stalled step, and nothing else', () => {
    const graph = graphOf(step('a'), step('b', ['a']), step('c', ['b']), step('x'));
    graph.take(1);
    expect(graph.finish('a/1', 'stalled')).toEqual([{ key: 'b/1', by: 'a' }, { key: 'c/1', by: 'b' }]);
    expect(graph.unfinished).toBe(1);
    expect(graph.take(5)).toEqual(['x/1']);
  });

  it('waits for a dependency that comes with a later job', () => {
    const graph = graphOf(step('b', ['a']));
    expect(graph.take(5)).toEqual([]);
    expect(graph.missingDependencies('b/1')).toEqual(['a']);
    graph.add([step('a')]);
    expect(graph.take(5)).toEqual(['a/1']);
    graph.finish('a/1', 'done');
    expect(graph.take(5)).toEqual(['b/1']);
  });

  it('knows outcomes of an earlier life', () => {
    const graph = graphOf(step('a', [], 'done'), step('b', ['a']), step('c', [], 'running'), step('d', ['c']));
    expect(graph.take(5)).toEqual(['b/1']);
    expect(graph.running).toBe(2);
    expect(graph.unfinished).toBe(3);
  });

  it('blocks what depends on a step that stalled in an earlier life', () => {
    const graph = new StepGraph();
    expect(graph.add([step('a', [], 'stalled'), step('b', ['a'])])).toEqual([{ key: 'b/1', by: 'a' }]);
    expect(graph.unfinished).toBe(0);
  });

  it('lets a new attempt of a step release its dependants', () => {
    const graph = new StepGraph();
    graph.add([step('a', [], 'stalled', 1), step('a', [], 'pending', 2), step('b', ['a'], 'pending', 2)]);
    expect(graph.take(5)).toEqual(['a/2']);
    graph.finish('a/2', 'done');
    expect(graph.take(5)).toEqual(['b/2']);
  });

  it('puts back what was taken and not sent, at the front', () => {
    const graph = graphOf(step('a'), step('b'));
    graph.take(1);
    graph.putBack('a/1');
    expect(graph.take(5)).toEqual(['a/1', 'b/1']);
  });

  it('finishes a step once', () => {
    const graph = graphOf(step('a'));
    graph.take(1);
    graph.finish('a/1', 'done');
    expect(graph.finish('a/1', 'stalled')).toEqual([]);
    expect(graph.unfinished).toBe(0);
  });

  it('never starts a step before its dependencies, and ends every step', () => {
    const graphs = fc.integer({ min: 1, max: 40 }).chain((size) => fc.tuple(
      fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: size, maxLength: size }),
      fc.array(fc.boolean(), { minLength: size, maxLength: size }), fc.integer({ min: 1, max: 8 })));
    fc.assert(fc.property(graphs, ([edges, fails, concurrency]) => {
      const steps = edges.map((before, index) => step(`s${index}`, index === 0 ? [] : [...new Set(before.map((raw) => `s${raw % index}`))]));
      const graph = new StepGraph();
      graph.add(steps);
      const ended = new Map<string, string>();
      for (let taken = graph.take(concurrency); taken.length > 0; taken = graph.take(concurrency)) {
        for (const key of taken) {
          const current = steps.find((candidate) => candidate.key === key)!;
          if (current.dependsOn.some((stepId) => ended.get(`${stepId}/1`) !== 'done')) return false;
          const state = fails[steps.indexOf(current)] ? 'stalled' : 'done';
          ended.set(key, state);
          for (const blocked of graph.finish(key, state)) ended.set(blocked.key, 'not_started');
        }
      }
      return ended.size === steps.length && graph.unfinished === 0 && graph.running === 0;
    }));
  });
});
