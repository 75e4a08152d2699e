import { Conflict, type ErrorKind, type ErrorOptions, Gone, HeddleError, Internal, Invalid, NotAllowed, NotFound, Stalled, Unavailable } from './heddle-error.ts';

/** A HeddleError as it travels in a reply. */
export interface WireError extends Omit<ErrorOptions, 'cause' | 'errors' | 'code'> {
  kind: ErrorKind;
  /** The sender may be of another release, whose catalogue has it. */
  code: string;
  errors?: { field: string; message: string }[];
}

const classes: Record<ErrorKind, new (options: ErrorOptions) => HeddleError> = {
  not_found: NotFound, gone: Gone, invalid: Invalid, conflict: Conflict, not_allowed: NotAllowed,
  unavailable: Unavailable, stalled: Stalled, internal: Internal,
};

/** Renders any thrown value for a reply; what is not a HeddleError becomes `internal` and keeps its text to itself. */
export function errorToWire(error: unknown): WireError {
  if (!(error instanceof HeddleError)) {
    return { kind: 'internal', code: 'SYS-001', message: 'An unexpected error occurred.', remedy: 'Look into the log under the correlation id, and report it.' };
  }
  return {
    kind: error.kind, code: error.code, message: error.message, remedy: error.remedy,
    ...(error.details && { details: error.details }),
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
    ...(error.errors && { errors: [...error.errors] }),
  };
}

/** The inverse of {@link errorToWire}. */
export function errorFromWire(wire: WireError): HeddleError {
  return new (classes[wire.kind] ?? Internal)(wire as WireError & Pick<ErrorOptions, 'code'>);
}
