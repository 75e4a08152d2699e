import { z } from 'zod';
import { defineRequest } from '../define-request.ts';
import { clusterSpecSchema, clusterViewSchema } from '../rest/cluster.ts';
import { connectionTestSchema } from '../rest/connection-test.ts';

const fabric = z.object({ fabricId: z.uuid() });

/** What k8s-sync answers. Clusters are addressed by the fabric's id. */
export const clusterPut = defineRequest({ method: 'cluster.put', service: 'k8s-sync', request: fabric.extend({ spec: clusterSpecSchema }), response: clusterViewSchema });
export const clusterGet = defineRequest({ method: 'cluster.get', service: 'k8s-sync', request: fabric, response: clusterViewSchema });
export const clusterDelete = defineRequest({ method: 'cluster.delete', service: 'k8s-sync', request: fabric, response: z.object({ fabricId: z.uuid() }) });
/** Tests the stored connection, or the one given, which is not stored. */
export const clusterTest = defineRequest({ method: 'cluster.test', service: 'k8s-sync', request: z.object({ fabricId: z.uuid().optional(), spec: clusterSpecSchema.optional() }), response: connectionTestSchema, deadlineMs: 20_000 });
