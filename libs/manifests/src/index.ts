export { readFile } from './read-file.ts';
export type { FileReading, FileText } from './read-file.ts';
export { DEFAULT_READ_LIMITS } from './read-limits.ts';
export type { ReadLimits } from './read-limits.ts';
export { layoutOf, selectEntry } from './select-files.ts';
export type { Layout, Leaf, Selection } from './select-files.ts';
export { sourceFinding } from './source-finding.ts';
export type { SourceRule } from './source-finding.ts';
