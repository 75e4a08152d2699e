import type { ErrorCode } from './error-catalogue.ts';

/** How loud an error is logged. */
export type ErrorLevel = 'debug' | 'info' | 'warn' | 'error';

/** What every error of Heddle carries. */
export interface ErrorOptions {
  /** From the error catalogue, e.g. `GIT-003`. */
  code: ErrorCode;
  /** What failed, on which object. Never a secret. */
  message: string;
  /** What a person can do about it. */
  remedy: string;
  /** Fields for programs. */
  details?: Record<string, unknown>;
  /** The error behind it. */
  cause?: unknown;
  /** Seconds until another try makes sense. */
  retryAfterSeconds?: number;
  /** Per field, for invalid input. */
  errors?: readonly FieldError[];
}

/** One field of an input and what is wrong with it. */
export interface FieldError {
  field: string;
  message: string;
}

/** Base of the handful of business errors; `retryable` says whether the same call may succeed later. */
export abstract class HeddleError extends Error {
  abstract readonly kind: ErrorKind;
  abstract readonly retryable: boolean;
  abstract readonly logLevel: ErrorLevel;
  /** From the error catalogue; of another release's where the error came over the bus. */
  readonly code: string;
  readonly remedy: string;
  readonly details: Record<string, unknown> | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly errors: readonly FieldError[] | undefined;

  constructor(options: ErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.remedy = options.remedy;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.errors = options.errors;
  }
}

export type ErrorKind = 'not_found' | 'gone' | 'invalid' | 'conflict' | 'not_allowed' | 'unavailable' | 'stalled' | 'internal';

/** The named object does not exist. */
export class NotFound extends HeddleError {
  readonly kind = 'not_found';
  readonly retryable = false;
  readonly logLevel = 'info';
}

/** It existed and is kept no longer. */
export class Gone extends HeddleError {
  readonly kind = 'gone';
  readonly retryable = false;
  readonly logLevel = 'info';
}

/** The input can't be accepted as it is; `errors` names the fields. */
export class Invalid extends HeddleError {
  readonly kind = 'invalid';
  readonly retryable = false;
  readonly logLevel = 'info';
}

/** The state of the object does not allow it, or somebody was faster. */
export class Conflict extends HeddleError {
  readonly kind = 'conflict';
  readonly retryable = false;
  readonly logLevel = 'info';
}

/** Who asks may not do it, or is not known. */
export class NotAllowed extends HeddleError {
  readonly kind = 'not_allowed';
  readonly retryable = false;
  readonly logLevel = 'warn';
}

/** Something that is needed does not answer; trying again helps. */
export class Unavailable extends HeddleError {
  readonly kind = 'unavailable';
  readonly retryable = true;
  readonly logLevel = 'warn';
}

/** It can't go on without a person. */
export class Stalled extends HeddleError {
  readonly kind = 'stalled';
  readonly retryable = false;
  readonly logLevel = 'error';
}

/** A defect of Heddle itself, as it is told to others: without the inner message. */
export class Internal extends HeddleError {
  readonly kind = 'internal';
  readonly retryable = true;
  readonly logLevel = 'error';
}
