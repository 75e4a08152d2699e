import { z } from 'zod';

/** The releases of Hedgehog whose kinds Heddle knows, the oldest first. */
export const RELEASES = ['26.01', '26.03'] as const;

/** A release of Hedgehog as a fabric runs it: it decides which fields its kinds have. */
export const releaseSchema = z.enum(RELEASES);
export type Release = z.infer<typeof releaseSchema>;

/** What a fabric is taken to run while nobody says otherwise. */
export const NEWEST_RELEASE: Release = '26.03';
