import { z } from 'zod';
import { actorSchema } from '../envelope/actor.ts';

/** What the archive says of a day's events; stored beside them as JSON. */
export const archiveManifestSchema = z.object({
  /** Version of the format: gzip of one JSON object a line: position, logged_at, event. */
  format: z.literal(1),
  /** UTC. */
  day: z.iso.date(),
  /** Name of the object with the events, relative to the archive's root. */
  object: z.string(),
  firstPosition: z.string(),
  lastPosition: z.string(),
  events: z.number().int().nonnegative(),
  /** Of the object as it is stored. */
  bytes: z.number().int().nonnegative(),
  sha256: z.string(),
  /** Of what is in it, uncompressed. */
  contentBytes: z.number().int().nonnegative(),
  contentSha256: z.string(),
  archivedAt: z.iso.datetime(),
});
export type ArchiveManifest = z.infer<typeof archiveManifestSchema>;

export const archiveDaySchema = z.object({
  day: z.iso.date(),
  /** `open`: being logged; `waiting`: complete, to be archived; `archived`: verified in the archive; `failed`: will be tried again; `dropped`: left the log without an archive. */
  state: z.enum(['open', 'waiting', 'archived', 'failed', 'dropped']),
  /** Whether the log still has it; `restored`: for a while, out of the archive. */
  log: z.enum(['kept', 'dropped', 'restored']),
  manifest: archiveManifestSchema.nullable(),
  error: z.string().nullable(),
  restoredUntil: z.iso.datetime().nullable(),
});
export type ArchiveDay = z.infer<typeof archiveDaySchema>;

/** Work on the archive that takes its time. */
export const archiveTaskSpecSchema = z.object({
  type: z.enum(['verify', 'restore']),
  firstDay: z.iso.date(),
  /** Default the first day. */
  lastDay: z.iso.date().optional(),
  reason: z.string().trim().min(1).max(500),
});
export type ArchiveTaskSpec = z.infer<typeof archiveTaskSpecSchema>;

export const archiveTaskSchema = z.object({
  id: z.uuid(),
  type: z.enum(['verify', 'restore']),
  firstDay: z.iso.date(), lastDay: z.iso.date(),
  state: z.enum(['pending', 'running', 'completed', 'failed']),
  days: z.number(), daysDone: z.number(),
  /** What is wrong, by day; empty when all is well. */
  findings: z.array(z.object({ day: z.iso.date(), message: z.string() })),
  error: z.string().nullable(),
  reason: z.string(), actor: actorSchema.nullable(),
  createdAt: z.iso.datetime(), finishedAt: z.iso.datetime().nullable(),
});
export type ArchiveTask = z.infer<typeof archiveTaskSchema>;
