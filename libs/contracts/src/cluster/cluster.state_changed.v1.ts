import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { clusterConnectionSchema } from '../rest/cluster.ts';

/** k8s-sync tells that a fabric's API server became reachable or ceased to be, with the cause and the next try. */
export const clusterStateChangedV1 = defineMessage({
  type: 'cluster.state_changed', version: 1, role: 'event', from: 'k8s-sync', to: ['fabric', 'notification'],
  schema: z.object({
    fabricId: z.uuid(),
    server: z.string(),
    connection: clusterConnectionSchema,
    /** Rises with each change of this cluster; the higher wins. */
    sequence: z.number().int().positive(),
  }),
});
