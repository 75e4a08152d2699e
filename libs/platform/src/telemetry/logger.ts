import type { LoggerService } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { type Logger as Pino, type LoggerOptions, pino } from 'pino';
import { describeError } from '../errors/describe-error.ts';
import { HeddleError } from '../errors/heddle-error.ts';
import { currentContext } from './context.ts';

/** JSON logs: a constant message and fields, with trace, correlation and causation ids of the work in hand. */
export class Logger {
  constructor(private readonly pino: Pino, private readonly slowMs: number) {}

  /**
   * @param slowMs what takes so many milliseconds is told by {@link slow}; default never
   * @param to where the lines go; default standard output
   */
  static create(service: string, level: string, { slowMs = Infinity, to }: { slowMs?: number; to?: { write(line: string): void } } = {}): Logger {
    const options: LoggerOptions = {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: serializeError, err: serializeError },
      mixin: workIds,
    };
    return new Logger(to ? pino(options, to) : pino(options), slowMs);
  }

  debug(message: string, fields: object = {}): void {
    this.pino.debug(fields, message);
  }

  info(message: string, fields: object = {}): void {
    this.pino.info(fields, message);
  }

  warn(message: string, fields: object = {}): void {
    this.pino.warn(fields, message);
  }

  error(message: string, fields: object = {}): void {
    this.pino.error(fields, message);
  }

  /** Tells of work that took longer than it should; says nothing of what did not. */
  slow(message: string, milliseconds: number, fields: object = {}): void {
    if (milliseconds >= this.slowMs) this.pino.warn({ log: 'slow', milliseconds: Math.round(milliseconds), ...fields }, message);
  }

  /** The security log: who did what, and who was refused. Its lines have `log: "security"`, and come at every level but `silent`. */
  security(outcome: 'done' | 'refused' | 'failed', message: string, fields: object = {}): void {
    const told = this.pino.level === 'silent' ? this.pino : this.pino.child({}, { level: 'info' });
    told[outcome === 'done' ? 'info' : 'warn']({ log: 'security', outcome, ...fields }, message);
  }

  child(fields: object): Logger {
    return new Logger(this.pino.child(fields), this.slowMs);
  }
}

/** Lets Nest's own messages take the same way; its chatter about modules is `debug`. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: unknown): void {
    this.logger.debug(String(message), { context });
  }

  error(message: unknown, stack?: unknown, context?: unknown): void {
    this.logger.error(String(message), { stack, context });
  }

  warn(message: unknown, context?: unknown): void {
    this.logger.warn(String(message), { context });
  }

  debug(message: unknown, context?: unknown): void {
    this.logger.debug(String(message), { context });
  }

  verbose(message: unknown, context?: unknown): void {
    this.logger.debug(String(message), { context });
  }
}

function workIds(): object {
  const span = trace.getActiveSpan()?.spanContext();
  const context = currentContext();
  return {
    ...(span && { trace_id: span.traceId, span_id: span.spanId }),
    ...(context && {
      correlation_id: context.correlationId,
      ...(context.causationId && { causation_id: context.causationId }),
      ...(context.fabricId && { fabric_id: context.fabricId }),
    }),
  };
}

/** Named fields alone: what hangs on an error of a driver (SQL parameters, requests, certificates) is nobody's to log. */
export function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, details } = error as { code?: unknown; details?: unknown };
  return {
    type: error.name, message: error.message, ...(code !== undefined && { code }),
    ...(error instanceof HeddleError && details !== undefined && { details }),
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
