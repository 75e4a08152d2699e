import { context, type Context, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { Envelope } from '@heddle/contracts';
import { runInContext } from '@heddle/platform';
import { contextOf, endSpan, startSpan } from '../trace/traceparent.ts';

/** A message whose span has begun. */
export interface TracedMessage {
  span: Span;
  context: Context;
}

/** Begins the span of a delivery, a child of the span that published it. */
export function traceMessage(queue: string, envelope: Envelope, headers: Record<string, unknown>): TracedMessage {
  const parent = contextOf(headers['traceparent'] ?? envelope.metadata.traceparent, ROOT_CONTEXT);
  const span = startSpan(`process ${envelope.event_type}`, SpanKind.CONSUMER, { 'messaging.destination.name': queue, 'messaging.message.id': envelope.event_id }, parent);
  return { span, context: trace.setSpan(parent, span) };
}

/** Runs `fn` as work that this message caused: its trace, correlation, actor and fabric go on into logs and outbox rows. */
export function inMessageContext<Result>(envelope: Envelope, traced: TracedMessage, fn: () => Promise<Result>): Promise<Result> {
  const { correlation_id: correlationId, actor, fabric_id: fabricId } = envelope.metadata;
  return context.with(traced.context, () => runInContext(
    { correlationId, causationId: envelope.event_id, ...(actor && { actor }), ...(fabricId !== undefined && { fabricId }) },
    async () => {
      try {
        const result = await fn();
        endSpan(traced.span);
        return result;
      } catch (error) {
        endSpan(traced.span, error);
        throw error;
      }
    },
  ));
}
