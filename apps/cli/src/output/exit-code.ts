const codes = new WeakMap<object, number>();

/** The error, to end the process with this code. */
export function withExitCode(error: unknown, code: number): unknown {
  if (typeof error === 'object' && error !== null) codes.set(error, code);
  return error;
}

/** What the process ends with: 1 is for results that differ or failed, 2 for what could not be asked. */
export function exitCodeOf(error: unknown): number {
  return (typeof error === 'object' && error !== null ? codes.get(error) : undefined) ?? 2;
}
