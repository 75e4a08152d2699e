import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resourceMachine } from '../state/resource-machine.ts';
import { judgeState } from './judge-state.ts';
import type { ResourceFacts } from './resource-facts.ts';
import { transitionsOf } from './review.service.ts';

const hash = fc.option(fc.constantFrom('a', 'b'));
const anyFacts: fc.Arbitrary<ResourceFacts> = fc.record({
  kind: fc.constant('VPC'), name: fc.constant('v'), state: fc.constantFrom(...resourceMachine.states), reason: fc.constantFrom('', 'x'), message: fc.constant(''),
  desiredHash: hash, desiredFullHash: fc.constant(null), liveFullHash: fc.constant(null), liveHash: hash, baseHash: hash, goneHash: fc.option(fc.constantFrom('a', 'b')), rawHash: hash, held: fc.boolean(), managed: fc.boolean(), path: fc.constant(null), uid: fc.constant('u'), resourceVersion: fc.constant('1'), generation: fc.constant(1),
  deletingSince: fc.option(fc.constant(new Date())), finalizers: fc.constant([]), inFlight: fc.option(fc.constant('o')), errors: fc.constantFrom([], ['rule']),
  failure: fc.option(fc.record({ desiredHash: hash, reason: fc.constant('Refused'), message: fc.constant('no'), operationId: fc.constant('o') })),
  switches: fc.constantFrom('converged', 'pending', 'failed', 'unknown'), switchesReason: fc.constant('r'), switchesMessage: fc.constant('m'), waitingFor: fc.constant([]),
  drift: fc.option(fc.record({ id: fc.constant('d'), state: fc.constantFrom('open', 'reverting'), type: fc.constantFrom('changed', 'deleted'), liveHash: hash, operationId: fc.constant(null), desiredHash: hash, conflict: fc.boolean(), conflicts: fc.constant([]) })),
});

describe('judgeState, for any facts', () => {
  it('is healthy only on the switches own word', () => {
    fc.assert(fc.property(anyFacts, (facts) => {
      const healthy = judgeState(facts).state === 'synced';
      const { desiredHash, liveHash, baseHash, inFlight, switches } = facts;
      expect(healthy).toBe(desiredHash !== null && liveHash === desiredHash && baseHash === desiredHash && inFlight === null && switches === 'converged');
    }), { numRuns: 1_000 });
  });

  it('is reached by allowed transitions from any state', () => {
    fc.assert(fc.property(anyFacts, (facts) => {
      const judgement = judgeState(facts);
      const route = resourceMachine.route(facts.state, judgement.state);
      expect(route).toBeDefined();
      for (const { from, to } of transitionsOf(facts, judgement)) if (from) expect(resourceMachine.allows(from, to)).toBe(true);
    }), { numRuns: 1_000 });
  });

  it('always gives a reason and a message', () => {
    fc.assert(fc.property(anyFacts, (facts) => {
      const { reason, message } = judgeState(facts);
      expect(reason.length * message.length).toBeGreaterThan(0);
    }));
  });
});

it('begins the history of a new object from nowhere', () => {
  const facts = { kind: 'VPC', name: 'v', state: 'deleted', reason: '', desiredHash: 'a', liveHash: null } as ResourceFacts;
  expect(transitionsOf(facts, { state: 'committed', reason: 'NotApplied', message: 'x' })).toMatchObject([{ from: null, to: 'committed' }]);
});
