import { z } from 'zod';

/** A Kubernetes object as JSON, as far as Heddle needs its shape. */
export const kubernetesObjectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
export type KubernetesObject = z.infer<typeof kubernetesObjectSchema>;

/** Addresses a kind at an API server. */
export const kindAddressSchema = z.object({
  group: z.string(),
  version: z.string(),
  plural: z.string(),
  kind: z.string(),
});
export type KindAddress = z.infer<typeof kindAddressSchema>;
