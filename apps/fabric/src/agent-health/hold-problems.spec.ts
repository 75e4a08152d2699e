import { agentFacts, checkAgent } from '@heddle/hedgehog';
import { expect, it } from 'vitest';
import { dueAt, type HeldProblem, holdProblems, KEEP_MS } from './hold-problems.ts';

const START = Date.parse('2026-01-01T12:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1_000);

function look(before: readonly HeldProblem[], seconds: number, { oper = 'up', silentFor = 5 }: { oper?: string; silentFor?: number } = {}): HeldProblem[] {
  const spec = { connections: { 'c-1': { unbundled: { link: { switch: { port: 'leaf-1/E1/1' }, server: { port: 's-1/e0' } } } } } };
  const status = { lastHeartbeat: at(seconds - silentFor).toISOString(), lastAppliedGen: 1, state: { interfaces: { 'E1/1': { admin: 'up', oper } } } };
  return holdProblems(before, checkAgent(agentFacts('Agent', 'leaf-1', 1, { spec, status }), at(seconds)), at(seconds));
}

const shown = (held: readonly HeldProblem[]) => held.filter((each) => each.shown).map(({ rule }) => rule);

it('tells of a link only when it stays down', () => {
  const first = look([], 0, { oper: 'down' });
  expect(shown(first)).toEqual([]);
  expect(dueAt(first[0]!)).toEqual(at(15));
  expect(shown(look(first, 14, { oper: 'down' }))).toEqual([]);
  expect(shown(look(first, 15, { oper: 'down' }))).toEqual(['port-down']);
  expect(shown(look(look(first, 5), 70))).toEqual([]);
});

it('tells once of a link that flaps, and not of its coming back', () => {
  let held: HeldProblem[] = [];
  const told: number[] = [];
  for (let second = 0; second <= 300; second += 5) {
    held = look(held, second, { oper: second % 10 === 0 ? 'down' : 'up' });
    told.push(shown(held).length);
  }
  expect(told.slice(0, 4)).toEqual([0, 0, 0, 0]);
  expect(new Set(told.slice(4))).toEqual(new Set([1]));
});

it('takes back what was away for a minute', () => {
  const down = look(look([], 0, { oper: 'down' }), 20, { oper: 'down' });
  const up = look(down, 30);
  expect(dueAt(up[0]!)).toEqual(at(30 + KEEP_MS / 1_000));
  expect(shown(look(up, 89))).toEqual(['port-down']);
  expect(look(up, 90)).toEqual([]);
});

it('leaves a silent switch as it was, and tells of its silence', () => {
  const down = look(look([], 0, { oper: 'down' }), 20, { oper: 'down' });
  const silent = look(look(down, 100, { silentFor: 70 }), 400, { silentFor: 300 });
  expect(shown(silent).toSorted()).toEqual(['agent-heartbeat-lost', 'port-down']);
  expect(dueAt(silent.find(({ rule }) => rule === 'agent-heartbeat-lost')!)).toBeNull();
  expect(shown(look(look(silent, 410), 470))).toEqual([]);
});
