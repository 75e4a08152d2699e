import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CertificateAuthority } from '@heddle/kube-sandbox';
import type { AdmissionRequest, AdmissionResponse } from './admission-review.ts';

export interface AdmissionHandlers {
  mutate(request: AdmissionRequest): AdmissionResponse;
  validate(request: AdmissionRequest): Promise<AdmissionResponse>;
}

/** The HTTPS server that an API server calls for admission, on loopback, under a private authority of its own. */
export class AdmissionServer {
  private constructor(private readonly server: Server, readonly caPem: string, readonly url: string) {}

  static async start(handlers: AdmissionHandlers): Promise<AdmissionServer> {
    const authority = CertificateAuthority.create('fabric simulator');
    const { cert, key } = authority.issueServer(['127.0.0.1', 'localhost']);
    const server = createServer({ cert, key }, (request, response) => {
      respond(handlers, request, response).catch((error: unknown) => {
        response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
      });
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new AdmissionServer(server, authority.pair.cert, `https://127.0.0.1:${port}`);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function respond(handlers: AdmissionHandlers, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { request } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { request: AdmissionRequest };
  const path = (incoming.url ?? '').split('?')[0];
  const response = path === '/mutate' ? handlers.mutate(request) : await handlers.validate(request);
  outgoing.writeHead(200, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
}
