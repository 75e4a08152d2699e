import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';

export interface ReceivedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  /** Empty for the root of a trace. */
  parentSpanId: string;
  kind: number;
  attributes: Record<string, unknown>;
}

export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string;
  /** All that has come so far. */
  spans: readonly ReceivedSpan[];
  /** Names of the services that have a span in this trace. */
  servicesOf(traceId: string): Set<string>;
  close(): Promise<void>;
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

interface ExportedTraces {
  resourceSpans?: {
    resource?: { attributes?: Attribute[] };
    scopeSpans?: { spans?: { name: string; traceId: string; spanId: string; parentSpanId?: string; kind: number; attributes?: Attribute[] }[] }[];
  }[];
}

/** Receives traces over OTLP, HTTP with JSON, as exporter-trace-otlp-http sends them. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      if (!(request.headers['content-type'] ?? '').includes('json')) return void response.writeHead(415).end();
      if (request.url?.endsWith('/v1/traces')) {
        const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        spans.push(...spansOf(JSON.parse(text.toString('utf8')) as ExportedTraces));
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The OTLP receiver has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    servicesOf: (traceId) => new Set(spans.filter((span) => span.traceId === traceId).map(({ service }) => service)),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function spansOf(exported: ExportedTraces): ReceivedSpan[] {
  return (exported.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesOf(resource?.attributes)['service.name'] ?? 'unknown');
    return (scopeSpans ?? []).flatMap((scope) => (scope.spans ?? []).map((span) => ({
      service,
      name: span.name,
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId ?? '',
      kind: span.kind,
      attributes: attributesOf(span.attributes),
    })));
  });
}

function attributesOf(attributes: Attribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
