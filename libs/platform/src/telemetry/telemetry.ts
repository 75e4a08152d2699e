import { context, propagation, trace } from '@opentelemetry/api';

let running: { shutdown(): Promise<void> } | undefined;

/**
 * Starts OpenTelemetry. With OTEL_EXPORTER_OTLP_ENDPOINT spans are exported and PostgreSQL and undici instrumented;
 * without it spans are made only so that traces keep their ids across logs and messages.
 * Runs before everything else (`node --import`), which is why it reads the standard OTEL_* variables itself.
 */
export async function startTelemetry(env: Record<string, string | undefined>): Promise<void> {
  if (running || env['OTEL_SDK_DISABLED'] === 'true') return;
  if (!env['OTEL_EXPORTER_OTLP_ENDPOINT'] && !env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) {
    running = await startIdsOnly();
    return;
  }
  const [{ NodeSDK }, { BatchSpanProcessor }, { OTLPTraceExporter }, { PgInstrumentation }, { UndiciInstrumentation }] = await Promise.all([
    import('@opentelemetry/sdk-node'), import('@opentelemetry/sdk-trace'), import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/instrumentation-pg'), import('@opentelemetry/instrumentation-undici'),
  ]);
  const sdk = new NodeSDK({
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 500 })],
    instrumentations: [new PgInstrumentation({ requireParentSpan: true }), new UndiciInstrumentation({ requireParentforSpans: true })],
  });
  sdk.start();
  running = sdk;
}

async function startIdsOnly(): Promise<{ shutdown(): Promise<void> }> {
  const [{ TracerProvider }, { AsyncLocalStorageContextManager }, { W3CTraceContextPropagator }] = await Promise.all([
    import('@opentelemetry/sdk-trace'), import('@opentelemetry/context-async-hooks'), import('@opentelemetry/core'),
  ]);
  const provider = new TracerProvider();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return provider;
}

/** Sends what is left of the spans and ends. */
export async function stopTelemetry(): Promise<void> {
  const ending = running;
  running = undefined;
  await ending?.shutdown();
}
