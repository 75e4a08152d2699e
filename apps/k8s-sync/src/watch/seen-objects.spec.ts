import { describe, expect, it } from 'vitest';
import type { LiveObject } from '../api/kube-answer.ts';
import type { WatchedKind } from './project-object.ts';
import { SeenObjects } from './seen-objects.ts';

const object: WatchedKind = { group: 'g', version: 'v1', plural: 'widgets', kind: 'Widget', role: 'object', projection: null, throttle: [] };
const agent: WatchedKind = {
  group: 'g', version: 'v1', plural: 'agents', kind: 'Agent', role: 'agent',
  projection: ['spec.role', 'status.lastAppliedGen', 'status.lastHeartbeat'], throttle: [{ path: 'status.lastHeartbeat', everyMs: 1_000 }],
};

function live(resourceVersion: string, content: object, metadata: object = {}): LiveObject {
  return { apiVersion: 'g/v1', kind: 'X', metadata: { name: 'a', namespace: 'default', uid: 'u1', resourceVersion, generation: 1, ...metadata }, ...content };
}

describe('SeenObjects', () => {
  it('reports labels, annotations, content and managers, without the status', () => {
    const seen = new SeenObjects(object);
    const observed = seen.present(live('1', { spec: { size: 1 }, status: { x: 1 } }, { labels: { l: '1' }, managedFields: [{ manager: 'm', operation: 'Apply', time: 't', fieldsV1: { 'f:spec': {} } }] }), 0);
    expect(observed).toMatchObject({
      change: 'present', object: { metadata: { labels: { l: '1' } }, spec: { size: 1 } }, managers: [{ manager: 'm', operation: 'Apply', fields: { 'f:spec': {} } }],
    });
    expect(observed!.object).not.toHaveProperty('status');
  });

  it('reports an object on its way out with its finalizers', () => {
    const observed = new SeenObjects(object).present(live('1', {}, { deletionTimestamp: '2026-11-21T10:00:00Z', finalizers: ['x/y'] }), 0);
    expect(observed).toMatchObject({ change: 'present', deletionTimestamp: '2026-11-21T10:00:00Z', finalizers: ['x/y'] });
  });

  it('keeps still when only fields change that do not travel', () => {
    const seen = new SeenObjects(agent);
    seen.reset([live('1', { spec: { role: 'leaf', password: 'p' }, status: { lastAppliedGen: 1 } })], 0);
    expect(seen.present(live('2', { spec: { role: 'leaf', password: 'q' }, status: { lastAppliedGen: 1, counters: 5 } }), 1)).toBeNull();
    expect(seen.present(live('3', { spec: { role: 'leaf' }, status: { lastAppliedGen: 2 } }), 2)).toMatchObject({ object: { status: { lastAppliedGen: 2 } } });
  });

  it('lets only projected paths travel', () => {
    const [observed] = new SeenObjects(agent).reset([live('1', { spec: { role: 'leaf', users: ['root'] }, status: { state: { nos: 1 }, lastAppliedGen: 4 } }, { labels: { a: 'b' } })], 0);
    expect(observed!.object).toEqual({ spec: { role: 'leaf' }, status: { lastAppliedGen: 4 } });
    expect(observed!.managers).toEqual([]);
  });

  it('lets of each entry of a map or list only the projected fields travel', () => {
    const ports = new SeenObjects({ ...agent, projection: ['status.ports.*.oper', 'status.ports.*.neighbors.*.name', 'status.sessions.*.*.state', 'status.none.*.x'] });
    const status = { ports: { 'E1/1': { oper: 'up', counters: 5, neighbors: [{ name: 'a', serial: 's' }, { serial: 't' }] }, 'E1/2': { counters: 6 } }, sessions: { default: { '10.0.0.1': { state: 'idle', msgs: 7 } } } };
    const [observed] = ports.reset([live('1', { status })], 0);
    expect(observed!.object).toEqual({ status: { ports: { 'E1/1': { oper: 'up', neighbors: [{ name: 'a' }, {}] } }, sessions: { default: { '10.0.0.1': { state: 'idle' } } } } });
    expect(ports.present(live('2', { status: { ...status, ports: { ...status.ports, 'E1/2': { counters: 9 } } } }), 1)).toBeNull();
  });

  it('holds changes of throttled paths until they are due, the last one only', () => {
    const seen = new SeenObjects(agent);
    seen.reset([live('1', { status: { lastHeartbeat: 'h1' } })], 0);
    expect(seen.present(live('2', { status: { lastHeartbeat: 'h2' } }), 100)).toBeNull();
    expect(seen.present(live('3', { status: { lastHeartbeat: 'h3' } }), 200)).toBeNull();
    expect(seen.due(900)).toEqual([]);
    expect(seen.due(1_000)).toMatchObject([{ resourceVersion: '3', object: { status: { lastHeartbeat: 'h3' } } }]);
    expect(seen.due(5_000)).toEqual([]);
    expect(seen.present(live('4', { status: { lastHeartbeat: 'h4' } }), 2_500)).toMatchObject({ resourceVersion: '4' });
  });

  it('reports a real change at once, the held one with it', () => {
    const seen = new SeenObjects(agent);
    seen.reset([live('1', { status: { lastHeartbeat: 'h1', lastAppliedGen: 1 } })], 0);
    seen.present(live('2', { status: { lastHeartbeat: 'h2', lastAppliedGen: 1 } }), 10);
    expect(seen.present(live('3', { status: { lastHeartbeat: 'h2', lastAppliedGen: 2 } }), 20)).toMatchObject({ resourceVersion: '3' });
    expect(seen.due(9_999)).toEqual([]);
  });

  it('reports a deletion once, and an object made anew', () => {
    const seen = new SeenObjects(object);
    seen.reset([live('1', { spec: {} })], 0);
    expect(seen.deleted(live('2', { spec: {} }))).toMatchObject({ change: 'deleted', uid: 'u1', object: null });
    expect(seen.deleted(live('2', { spec: {} }))).toBeNull();
    expect(seen.present(live('3', { spec: {} }, { uid: 'u2' }), 1)).toMatchObject({ uid: 'u2' });
  });

  it('ignores the same version twice', () => {
    const seen = new SeenObjects(object);
    seen.present(live('1', { spec: {} }), 0);
    expect(seen.present(live('1', { spec: {} }), 1)).toBeNull();
  });
});
