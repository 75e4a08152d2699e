import { z } from 'zod';
import { breakerSchema } from '../condition.ts';

/** State of the connection to a fabric's API server. */
export const connectionStateSchema = z.enum(['unknown', 'testing', 'connected', 'failed']);

export const clusterConnectionSchema = z.object({
  state: connectionStateSchema,
  /** CamelCase: Connected, Unauthorized, Forbidden, TlsUntrusted, NameNotResolved, ConnectionRefused, TimedOut, ServerError... */
  reason: z.string(),
  message: z.string(),
  since: z.iso.datetime(),
  breaker: breakerSchema,
  /** When the token or the client certificate ends; null when it does not, or does not say. */
  credentialsExpireAt: z.iso.datetime().nullable().optional(),
});
export type ClusterConnection = z.infer<typeof clusterConnectionSchema>;

/** How Heddle reaches a fabric's API server: fields, or a pasted kubeconfig (no exec, no file references). */
export const clusterSpecSchema = z.union([
  z.object({
    server: z.string().min(1),
    /** PEM; absent: the system's roots. */
    certificateAuthority: z.string().optional(),
    authentication: z.discriminatedUnion('type', [
      z.object({ type: z.literal('token'), token: z.string().min(1) }),
      z.object({ type: z.literal('client-certificate'), certificate: z.string().min(1), key: z.string().min(1) }),
    ]),
    namespace: z.string().default('default'),
  }),
  z.object({ kubeconfig: z.string().min(1).max(200_000), context: z.string().optional(), namespace: z.string().default('default') }),
]);
export type ClusterSpec = z.infer<typeof clusterSpecSchema>;

export const clusterViewSchema = z.object({
  fabricId: z.uuid(),
  server: z.string(),
  namespace: z.string(),
  authentication: z.object({ type: z.string() }),
  connection: clusterConnectionSchema,
  serverVersion: z.string().nullable(),
  watches: z.array(z.object({
    kind: z.string(), state: z.string(), reason: z.string(), lastHeardAt: z.iso.datetime().nullable(), objects: z.number(),
  })),
});
export type ClusterView = z.infer<typeof clusterViewSchema>;
