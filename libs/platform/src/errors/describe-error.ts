/** The message of any thrown value, with the messages of its causes; never its stack. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.message || (error as { code?: string }).code || error.name;
  if (error instanceof AggregateError && !error.message && error.errors.length > 0) return describeError(error.errors[0]);
  return error.cause === undefined || error.cause === null ? own : `${own}: ${describeError(error.cause)}`;
}
