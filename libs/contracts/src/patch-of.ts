import { z } from 'zod';

type WithoutDefault<Field> = Field extends z.ZodDefault<infer Inner> ? Inner : Field;
type Patch<Shape extends z.ZodRawShape> = z.ZodObject<{ [Name in keyof Shape]: z.ZodOptional<WithoutDefault<Shape[Name]>> }>;

/**
 * The schema of a change to an object: every field may be absent, and an absent one stays absent.
 * `.partial()` would fill in the defaults of a new object: changing one field would reset the others.
 */
export function patchOf<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>): Patch<Shape> {
  const fields = Object.entries(schema.shape).map(([name, field]) => [name, (field instanceof z.ZodDefault ? field.unwrap() as z.ZodType : field as unknown as z.ZodType).optional()]);
  return z.object(Object.fromEntries(fields) as z.ZodRawShape) as unknown as Patch<Shape>;
}
