import { resolve } from 'node:path';

/** The top folder of the clone that this file is part of. */
export const repositoryRoot = resolve(import.meta.dirname, '../../..');
