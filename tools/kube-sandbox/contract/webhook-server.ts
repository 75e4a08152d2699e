import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CertificateAuthority } from '../src/index.ts';
import type { JsonObject, KubeObject } from '../src/kube-object.ts';

export interface AdmissionRequest extends JsonObject {
  uid: string;
  operation: string;
  object: KubeObject | null;
  oldObject: KubeObject | null;
}

/** An HTTPS server that answers AdmissionReviews by a function. */
export class WebhookServer {
  readonly seen: AdmissionRequest[] = [];
  private readonly authority = CertificateAuthority.create('contract-webhook');
  private server: Server | undefined;

  async start(decide: (request: AdmissionRequest) => JsonObject): Promise<void> {
    const { cert, key } = this.authority.issueServer(['127.0.0.1', 'localhost']);
    this.server = createServer({ cert, key }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const review = JSON.parse(Buffer.concat(chunks).toString()) as { apiVersion: string; request: AdmissionRequest };
        this.seen.push(review.request);
        const answer = { uid: review.request.uid, ...decide(review.request) };
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ apiVersion: review.apiVersion, kind: 'AdmissionReview', response: answer }));
      });
    });
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.server === undefined ? resolve() : this.server.close(() => resolve())));
  }

  clientConfig(path: string): JsonObject {
    const { port } = this.server?.address() as AddressInfo;
    return { url: `https://127.0.0.1:${port}${path}`, caBundle: Buffer.from(this.authority.pair.cert).toString('base64') };
  }
}
