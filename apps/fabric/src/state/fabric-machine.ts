import type { FabricState } from '@heddle/contracts';
import { StateMachine } from './state-machine.ts';

/**
 * A fabric is `planned` until its cluster was connected once and its source was read. `active` fabrics are synced;
 * `maintenance` suspends every sync, its watches and its source. `decommissioned` is final: Heddle keeps the records
 * and touches nothing. A planned fabric has nothing to maintain or to take out of service: it is deleted instead.
 */
export const fabricMachine = new StateMachine<FabricState>('fabric', {
  planned: ['active'],
  active: ['maintenance', 'decommissioned'],
  maintenance: ['active', 'decommissioned'],
  decommissioned: [],
});
