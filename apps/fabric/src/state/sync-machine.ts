import type { SyncState } from '@heddle/contracts';
import { StateMachine } from './state-machine.ts';

/**
 * Only a sync brings a fabric in sync: neither an error nor a difference goes away by itself, both pass through
 * `syncing`, which then found nothing to do or did it. A sync that leaves differences behind (objects held back,
 * chosen objects only) ends `in_sync` for what it did and moves on to `out_of_sync`.
 */
export const syncMachine = new StateMachine<SyncState>('sync state', {
  never_synced: ['syncing'],
  syncing: ['in_sync', 'error'],
  in_sync: ['syncing', 'out_of_sync'],
  out_of_sync: ['syncing'],
  error: ['syncing'],
});
