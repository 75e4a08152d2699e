import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { findingSchema } from '../finding.ts';

/** One YAML document of a file. */
export const sourceDocumentSchema = z.object({
  /** Position within the file, from 0. */
  index: z.number().int().nonnegative(),
  /** Line of its first content, from 1. */
  line: z.number().int().positive(),
  /** The document as JSON; null when it can't be read, and then a finding says why. */
  object: z.record(z.string(), z.unknown()).nullable(),
  /** Kind and name as far as they could be told, also for a document that can't be read. */
  kind: z.string().optional(),
  name: z.string().optional(),
  findings: z.array(findingSchema),
});
export type SourceDocument = z.infer<typeof sourceDocumentSchema>;

/** A file that differs between the two trees. A file too large for one chunk is split: `part` of `parts`. */
export const sourceFileSchema = z.object({
  /** Relative to the fabric's directory. */
  path: z.string(),
  /** Blob id; null when the file was removed. */
  blob: z.string().nullable(),
  part: z.number().int().positive().default(1),
  parts: z.number().int().positive().default(1),
  /** Findings about the file as a whole (symlink, LFS pointer, not UTF-8, too large): it then has no documents and is held. */
  findings: z.array(findingSchema),
  documents: z.array(sourceDocumentSchema),
});
export type SourceFile = z.infer<typeof sourceFileSchema>;

/**
 * git-sync hands fabric what changed under the fabric's directory between two trees, in chunks of at most 256 KB.
 * fabric switches to `toTree` when all chunks are there and `fromTree` is its own; else it asks with `revision.wanted`.
 */
export const revisionObservedV1 = defineMessage({
  type: 'revision.observed', version: 1, role: 'transfer', from: 'git-sync', to: ['fabric'], order: 'key',
  schema: z.object({
    fabricId: z.uuid(),
    repositoryId: z.uuid(),
    /** Assignment that this answers; older ones are dropped. */
    generation: z.number().int().positive(),
    branch: z.string(),
    directory: z.string(),
    commit: z.object({
      id: z.string(), author: z.string(), email: z.string(), subject: z.string(), committedAt: z.iso.datetime(),
    }),
    /** Tree id of the directory that the change starts from; null: everything is sent. */
    fromTree: z.string().nullable(),
    /** Tree id of the directory; null when the directory is missing from the commit: deletes nothing. */
    toTree: z.string().nullable(),
    chunk: z.number().int().positive(),
    chunks: z.number().int().positive(),
    files: z.array(sourceFileSchema),
    /** Number of files under the directory in toTree. */
    totalFiles: z.number().int().nonnegative(),
  }),
});
