import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { currentContext, runInContext } from '@heddle/platform';
import type { StoredContext } from '../fabrics/fabric.entity.ts';

const tracer = trace.getTracer('@heddle/fabric');

/** The correlation and trace of the work in hand, to be stored with what a loop goes on with; null where there is none. */
export function storedContext(): StoredContext | null {
  const work = currentContext();
  if (!work) return null;
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return { correlationId: work.correlationId, ...(work.causationId && { causationId: work.causationId }), ...(carrier.traceparent && { traceparent: carrier.traceparent }) };
}

/** Goes on with stored work under the correlation and the trace that it was stored with, in a span of its own. */
export function resumeContext<Result>(stored: StoredContext | null, span: string, fabricId: string, fallbackId: string, fn: () => Promise<Result>): Promise<Result> {
  const parent = stored?.traceparent ? propagation.extract(context.active(), { traceparent: stored.traceparent }) : context.active();
  const work = { correlationId: stored?.correlationId ?? fallbackId, ...(stored?.causationId && { causationId: stored.causationId }), fabricId };
  return runInContext(work, () => context.with(parent, () => inSpan(span, { 'heddle.fabric': fabricId }, fn)));
}

/** Runs `fn` in a span; what it throws is marked on it. */
export function inSpan<Result>(name: string, attributes: Record<string, string | number>, fn: () => Promise<Result>): Promise<Result> {
  return tracer.startActiveSpan(name, { kind: SpanKind.INTERNAL, attributes }, async (span) => {
    try {
      return await fn();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
