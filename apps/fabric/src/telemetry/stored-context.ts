import { context, propagation } from '@opentelemetry/api';
import { currentContext, inSpan, inTrace, runInContext } from '@heddle/platform';
import type { StoredContext } from '../fabrics/fabric.entity.ts';

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
  const work = { correlationId: stored?.correlationId ?? fallbackId, ...(stored?.causationId && { causationId: stored.causationId }), fabricId };
  return runInContext(work, () => inTrace(stored?.traceparent, () => inSpan(span, { 'heddle.fabric': fabricId }, fn)));
}
