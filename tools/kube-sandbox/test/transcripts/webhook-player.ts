import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts';
import { isJsonObject, type JsonValue } from '../../src/kube-object.ts';
import type { Exchange } from './transcript.ts';

type RecordedCall = NonNullable<Exchange['webhookCalls']>[number];

/** A webhook that answers as the recorded one did, call by call, and keeps what it was asked. */
export class WebhookPlayer {
  readonly authority = CertificateAuthority.create('webhook-player');
  asked: { path: string; request: JsonValue }[] = [];
  private script: RecordedCall[] = [];
  private server: Server | undefined;
  port = 0;

  async start(port = 0): Promise<void> {
    const { cert, key } = this.authority.issueServer(['127.0.0.1']);
    this.server = createServer({ cert, key }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.answer(request.url ?? '', JSON.parse(Buffer.concat(chunks).toString()) as JsonValue, response));
    });
    await new Promise<void>((resolve) => this.server?.listen(port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  expect(calls: RecordedCall[]): void {
    this.script = [...calls];
    this.asked = [];
  }

  private answer(path: string, request: JsonValue, response: ServerResponse): void {
    this.asked.push({ path, request });
    const call = this.script.shift();
    const recorded = call?.response;
    if (recorded === '(no answer within timeoutSeconds)') return;
    response.writeHead(call?.httpStatus ?? 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(withUid(recorded ?? null, request)));
  }
}

function withUid(answer: JsonValue, review: JsonValue): JsonValue {
  if (!isJsonObject(answer) || !isJsonObject(answer.response) || !isJsonObject(review) || !isJsonObject(review.request)) return answer;
  if (answer.response.uid === 'x') return answer;
  return { ...answer, response: { ...answer.response, uid: review.request.uid } };
}
