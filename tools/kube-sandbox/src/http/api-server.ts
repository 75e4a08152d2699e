import { createSecureServer, type Http2SecureServer, type Http2ServerRequest } from 'node:http2';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ANONYMOUS, type User } from '../auth/authenticator.ts';
import type { Attributes } from '../auth/authorizer.ts';
import type { KeyPair } from '../certificates/certificate-authority.ts';
import { REVIEW_RESOURCES } from '../resources/builtin-resources.ts';
import { forbidden, StatusError, tooManyRequests, unexplained } from '../status-error.ts';
import { answerReview } from './access-reviews.ts';
import { managerOf, type Answer, type Call } from './call.ts';
import { discover, SERVER_VERSION } from './discovery.ts';
import type { Levers, RequestRecord } from './levers.ts';
import { openapi } from './openapi.ts';
import { decodeProtobuf } from './protobuf.ts';
import { negotiate, represent, write, type Representation } from './representation.ts';
import { parseRequest } from './request-info.ts';
import { PathNotFound, routeResource, type ResourceRoutes } from './route-resource.ts';
import { checkWatch, watchObjects, type WatchHub, type WatchSettings } from './watch-objects.ts';

type Request = IncomingMessage | Http2ServerRequest;
/** Responses of HTTP/2 have what is used here of HTTP/1's. */
type Response = ServerResponse;

const BODY_LIMIT = 3 * 1024 * 1024;
const PLAIN_JSON: Representation = { as: 'object', mime: 'json', includeObject: 'Metadata' };

export interface ApiServerParts extends ResourceRoutes {
  hub: WatchHub;
  watch: WatchSettings;
  levers: Levers;
}

/** The HTTPS front: authenticates, authorises, routes, and writes answers in the form the client asked for. */
export class ApiServer {
  private readonly server: Http2SecureServer;
  private readonly certificates = new WeakMap<object, { CN?: string; O?: string | string[] }>();
  private readonly sessions = new Set<{ destroy(): void }>();

  constructor(
    private readonly parts: ApiServerParts,
    pair: KeyPair,
    caPem: string,
  ) {
    const tls = { cert: pair.cert, key: pair.key, ca: caPem, allowHTTP1: true, requestCert: true, rejectUnauthorized: false };
    this.server = createSecureServer({ ...tls, settings: { maxConcurrentStreams: 10_000 } }, (request, response) => {
      void this.handle(request, response as unknown as Response);
    });
    this.server.on('session', (session) => this.track(session));
    this.server.on('secureConnection', (socket) => this.track(socket));
  }

  private track(connection: { destroy(): void; on(event: 'close', listener: () => void): unknown }): void {
    this.sessions.add(connection);
    connection.on('close', () => this.sessions.delete(connection));
  }

  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of this.sessions) connection.destroy();
    await closed;
  }

  private async handle(request: Request, response: Response): Promise<void> {
    response.on('error', () => undefined);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://localhost');
    const info = parseRequest(request.method ?? 'GET', pathname, searchParams);
    const warnings: string[] = [];
    const record = this.parts.levers.record(request.method ?? 'GET', request.url ?? '/', info);
    const finish = (status: number, contentType: string, text: string, headers: { [name: string]: string } = {}) => {
      record.status = status;
      if (warnings.length > 0) response.setHeader('warning', warnings.map((one) => `299 - ${JSON.stringify(one)}`));
      response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-cache, private', ...headers });
      response.end(text);
    };
    try {
      const body = await readBody(request);
      // So that a lever can be pulled for one user alone; who may not enter is refused below.
      record.user = this.parts.authenticator.authenticate(request.headers.authorization, this.clientCertificate(request))?.name ?? '';
      await this.parts.levers.admit(record);
      const user = this.identify(request);
      record.user = user.name;
      const call: Call = { info, method: request.method ?? 'GET', query: searchParams, user, warnings, ...asText(body, request.headers) };
      await this.answer(call, request, response, finish, record);
    } catch (error) {
      this.fail(error, finish);
    }
  }

  private identify(request: Request): User {
    const user = this.parts.authenticator.authenticate(request.headers.authorization, this.clientCertificate(request));
    if (user === undefined) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
    const impersonated = request.headers['impersonate-user'];
    if (typeof impersonated !== 'string') return user;
    if (!this.parts.api.authorizer.decide(user, { verb: 'impersonate', group: '', resource: 'users', name: impersonated }).allowed) {
      const why = `User "${user.name}" cannot impersonate resource "users" in API group "" at the cluster scope`;
      throw forbidden({ group: '', resource: 'users', kind: 'User' }, impersonated, why);
    }
    const groups = [request.headers['impersonate-group'] ?? []].flat().flatMap((group) => group.split(',').map((one) => one.trim()));
    return { name: impersonated, groups: impersonated === ANONYMOUS.name ? groups : [...groups, 'system:authenticated'] };
  }

  private clientCertificate(request: Request): { CN?: string; O?: string | string[] } | undefined {
    const socket = ('stream' in request ? request.stream.session?.socket : request.socket) as TLSSocket | undefined;
    if (socket === undefined || !socket.authorized) return undefined;
    const session = 'stream' in request ? (request.stream.session ?? socket) : socket;
    let subject = this.certificates.get(session);
    if (subject === undefined) {
      subject = (socket.getPeerCertificate().subject as { CN?: string; O?: string | string[] } | undefined) ?? {};
      this.certificates.set(session, subject);
    }
    return subject;
  }

  private async answer(call: Call, request: Request, response: Response, finish: Finish, record: RequestRecord): Promise<void> {
    if (!call.info.isResource) {
      this.answerPath(call, request, finish);
      return;
    }
    this.authorize(call);
    const { group, version, resource: plural } = call.info;
    if (REVIEW_RESOURCES.some((review) => review.group === group && review.resource === plural) && call.method === 'POST') {
      const body = answerReview(plural, call.body, call.user, managerOf(call), this.parts.api.authorizer);
      finish(201, 'application/json', `${JSON.stringify(body)}\n`);
      return;
    }
    const resource = this.parts.api.registry.find(group, version, plural);
    if (resource === undefined) throw new PathNotFound();
    if (resource.state === 'starting') throw tooManyRequests('storage is (re)initializing');
    const form = negotiate(request.headers.accept, call.query.get('includeObject'));
    if (call.info.verb === 'watch') {
      checkWatch(call);
      const sink = this.openStream(response, form, record);
      record.status = 200;
      watchObjects(this.parts.api, call, resource, form, sink, this.parts.hub, this.parts.watch);
      return;
    }
    const answer = await routeResource(this.parts, call, resource);
    send(finish, { ...answer, body: represent(answer.body, resource, form) }, form);
  }

  private authorize(call: Call): void {
    const { info, user } = call;
    const { verb, group, resource, subresource, namespace, name } = info;
    const attributes: Attributes = { verb, group, resource, subresource, namespace, name };
    if (this.parts.api.authorizer.decide(user, attributes).allowed) return;
    const what = subresource === '' ? resource : `${resource}/${subresource}`;
    const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
    const why = `User "${user.name}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
    throw forbidden({ group, resource, kind: resource }, name, why);
  }

  private answerPath(call: Call, request: Request, finish: Finish): void {
    const { path, verb } = call.info;
    if (!this.parts.api.authorizer.decide(call.user, { verb, path }).allowed) {
      throw new StatusError(403, 'Forbidden', `forbidden: User "${call.user.name}" cannot ${verb} path "${path}"`, {});
    }
    if (['/healthz', '/livez', '/readyz'].includes(path)) return finish(200, 'text/plain; charset=utf-8', 'ok');
    const accept = request.headers.accept ?? '';
    const form: Representation = accept.startsWith('application/yaml') ? { ...PLAIN_JSON, mime: 'yaml' } : PLAIN_JSON;
    if (path === '/version') return send(finish, { status: 200, body: SERVER_VERSION }, PLAIN_JSON);
    const schema = path.startsWith('/openapi/v3') ? openapi(path, this.parts.api.registry) : undefined;
    if (schema !== undefined) return send(finish, { status: 200, body: schema }, PLAIN_JSON);
    const found = discover(path, accept, this.parts.api.registry, call.headers.host ?? '');
    if (found === undefined) throw new PathNotFound();
    send(finish, { status: 200, body: found.body, contentType: found.contentType }, form);
  }

  private openStream(response: Response, form: Representation, record: RequestRecord) {
    const contentType = form.mime === 'yaml' ? 'application/yaml' : 'application/json';
    response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-cache, private' });
    response.flushHeaders();
    const { levers } = this.parts;
    const heard = levers.voice(record);
    let open = true;
    response.on('close', () => (open = false));
    return {
      send: (text: string) => levers.whenRunning(() => open && heard() && response.write(text)),
      end: () => levers.whenRunning(() => open && heard() && response.end()),
      onClose: (callback: () => void) => response.on('close', callback),
    };
  }

  private fail(error: unknown, finish: Finish): void {
    if (error instanceof PathNotFound) return finish(404, 'text/plain; charset=utf-8', '404 page not found\n');
    const status = error instanceof StatusError ? error : unexplained(`Internal error occurred: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    const seconds = status.details?.retryAfterSeconds;
    const headers: { [name: string]: string } = seconds === undefined ? {} : { 'retry-after': String(seconds) };
    finish(status.code, 'application/json', `${JSON.stringify(status.toStatus())}\n`, headers);
  }
}

type Finish = (status: number, contentType: string, text: string, headers?: { [name: string]: string }) => void;

function send(finish: Finish, answer: Answer, form: Representation): void {
  const { text, contentType } = write(answer.body, form);
  finish(answer.status, answer.contentType ?? contentType, text);
}

const EMPTY = Buffer.alloc(0);

async function readBody(request: Request): Promise<Buffer> {
  if (request.method === 'GET' || request.method === 'HEAD') return EMPTY;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) {
      throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_LIMIT}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Protobuf becomes JSON at the door; kinds that are not read stay as they are and are refused as an unknown format. */
function asText(body: Buffer, headers: IncomingHttpHeaders): { body: string; headers: IncomingHttpHeaders } {
  if (headers['content-type']?.startsWith('application/vnd.kubernetes.protobuf') === true) {
    const object = decodeProtobuf(body);
    if (object !== undefined) return { body: JSON.stringify(object), headers: { ...headers, 'content-type': 'application/json' } };
  }
  return { body: body.toString('utf8'), headers };
}

