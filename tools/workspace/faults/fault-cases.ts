/** One thing that goes wrong, and the test that shows that nothing is lost or doubled by it. */
export interface FaultCase {
  /** Cases that belong together share a number; a letter tells them apart. */
  number: string;
  what: string;
  /** From the root of the repository. */
  file: string;
  /** Its names, from the outermost `describe` on, as they stand in the file. */
  test: readonly string[];
}

/** Everything that goes wrong with the bus and what it stands on. `npm run test:faults` runs the files; the table in libs/messaging/test/README.md is made of this. */
export const faultCases: readonly FaultCase[] = [];

/** The files of the cases that are also part of `npm test`. */
export const faultFiles: readonly string[] = [...new Set(faultCases.map(({ file }) => file))].filter((file) => !file.endsWith('.faults.spec.ts'));
