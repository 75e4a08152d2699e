import { z } from 'zod';

/** An object, named. */
export const objectRefSchema = z.object({ kind: z.string().min(1), name: z.string().min(1) });
export type ObjectRef = z.infer<typeof objectRefSchema>;
