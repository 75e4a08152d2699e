import { type Context, context, isSpanContextValid, type Span, type SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { describeError } from '@heddle/platform';

const PATTERN = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The W3C traceparent of a context's span; absent when there is none. */
export function traceparentOf(from: Context = context.active()): string | undefined {
  const span = trace.getSpanContext(from);
  if (!span || !isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'}`;
}

/** A context whose parent span is the one that `traceparent` names; an unreadable or missing one gives the bare context. */
export function contextOf(traceparent: unknown, base: Context = context.active()): Context {
  const [, traceId, spanId, flags] = typeof traceparent === 'string' ? PATTERN.exec(traceparent) ?? [] : [];
  if (!traceId || !spanId || !flags) return base;
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(span) ? trace.setSpanContext(base, span) : base;
}

/** Starts a span of the bus; end it with {@link endSpan}. */
export function startSpan(name: string, kind: SpanKind, attributes: Record<string, string | number>, parent: Context): Span {
  return trace.getTracer('@heddle/messaging').startSpan(name, { kind, attributes: { 'messaging.system': 'rabbitmq', ...attributes } }, parent);
}

/** Ends a span, with the error where there was one. */
export function endSpan(span: Span, error?: unknown): void {
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: describeError(error) });
  span.end();
}
