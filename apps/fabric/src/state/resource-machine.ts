import type { ResourceState } from '@heddle/contracts';
import { StateMachine } from './state-machine.ts';

/**
 * - `draft`: edited in Heddle, not in Git; `superseded`: a draft that Git overtook.
 * - `committed`: in Git, and no operation carries it (yet, or because a finding or a policy keeps it back).
 * - `pending`: an operation carries it to the API server.
 * - `applied`: in the API server as desired; the switches have not said so yet. Never healthy.
 * - `synced`: on each switch that it concerns.
 * - `failed`: the last operation could not write or delete it.
 * - `drifted`: somebody else changed or deleted what Heddle had applied.
 * - `deleting`: no longer in Git and an operation deletes it, or finalizers still hold it; `deleted`: gone.
 * - `orphaned`: lives in the API server and Git doesn't have it: made by others, or removed from Git with prune off.
 *
 * Nothing becomes synced or drifted before it was applied; what lives by itself passes through Git first.
 */
export const resourceMachine = new StateMachine<ResourceState>('resource', {
  draft: ['committed', 'superseded', 'orphaned'],
  superseded: ['draft', 'committed', 'orphaned'],
  committed: ['pending', 'deleting', 'deleted', 'orphaned'],
  pending: ['applied', 'failed', 'committed', 'deleting', 'deleted', 'orphaned'],
  applied: ['synced', 'drifted', 'pending', 'committed', 'deleting', 'deleted', 'orphaned'],
  synced: ['applied', 'drifted', 'pending', 'committed', 'deleting', 'deleted', 'orphaned'],
  failed: ['pending', 'committed', 'deleting', 'deleted', 'orphaned'],
  drifted: ['pending', 'applied', 'synced', 'committed', 'deleting', 'deleted', 'orphaned'],
  deleting: ['deleted', 'failed', 'committed', 'orphaned'],
  deleted: ['committed', 'draft', 'orphaned'],
  orphaned: ['committed', 'draft', 'deleting', 'deleted'],
});

/** States of objects that Git asks for or Heddle still has to remove. */
export const PENDING_STATES: readonly ResourceState[] = ['committed', 'pending', 'applied', 'deleting'];
