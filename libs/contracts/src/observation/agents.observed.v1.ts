import { defineMessage } from '../define-message.ts';
import { observationSchema } from './observed-object.ts';

/** k8s-sync hands fabric what it saw of the Agents, one per switch: projected fields only. */
export const agentsObservedV1 = defineMessage({
  type: 'agents.observed', version: 1, role: 'transfer', from: 'k8s-sync', to: ['fabric'], schema: observationSchema,
});
