import { z } from 'zod';
import { nameSchema } from '../page.ts';

export const makeTokenSchema = z.object({
  /** Of the person or program that it is for; a name is never used twice. */
  name: nameSchema,
  expiresAt: z.iso.datetime().optional(),
});

/** An API token, without its secret. */
export const tokenViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  /** Name of the token by which it was made: to what that one asks for, this one is no second person. null: the configuration gives it. */
  madeBy: z.string().nullable().optional(),
});
export type TokenView = z.infer<typeof tokenViewSchema>;

/** The secret is shown this once. */
export const newTokenSchema = tokenViewSchema.extend({ token: z.string() });
export type NewToken = z.infer<typeof newTokenSchema>;
