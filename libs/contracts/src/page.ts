import { z } from 'zod';

/** Query of a cursor page. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  /** Opaque; from the previous page's `next`. */
  cursor: z.string().max(1_000).optional(),
});
export type PageQuery = z.infer<typeof pageQuerySchema>;

/** A cursor page: `next` is null on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
export interface Page<Item> { items: Item[]; next: string | null }

/** Name of a repository, fabric or subscription: an RFC 1123 label. */
export const nameSchema = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and hyphens, at most 63, starting and ending with a letter or digit');
/** A fabric or repository is addressed by id or by name. */
export const referenceSchema = z.string().min(1).max(63);
