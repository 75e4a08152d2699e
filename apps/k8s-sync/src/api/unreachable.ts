/** Why an API server could not be asked, in the words of cluster.state_changed. */
export type UnreachableReason =
  | 'NameNotResolved'
  | 'ConnectionRefused'
  | 'ConnectionLost'
  | 'NetworkUnreachable'
  | 'TimedOut'
  | 'TlsUntrusted'
  | 'TlsFailed'
  | 'ClientCertificateRefused'
  | 'AddressNotAllowed'
  | 'AnswerTooLarge';

/** No usable answer came; whether the request took effect is not known once it was written. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';

  constructor(
    readonly reason: UnreachableReason,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** These are the codes of errors before any byte of a request was sent: it can't have taken effect. */
const BEFORE_SENDING: ReadonlySet<UnreachableReason> = new Set([
  'NameNotResolved', 'ConnectionRefused', 'NetworkUnreachable', 'TlsUntrusted', 'TlsFailed', 'ClientCertificateRefused', 'AddressNotAllowed',
]);

/** True when the request may have reached the API server although no answer came. */
export function mayHaveLanded(reason: UnreachableReason): boolean {
  return !BEFORE_SENDING.has(reason);
}

const BY_CODE: Readonly<Record<string, UnreachableReason>> = {
  // The guard's own refusals.
  'NET-001': 'NameNotResolved',
  'NET-002': 'AddressNotAllowed',
  'NET-003': 'AddressNotAllowed',
  'NET-004': 'AddressNotAllowed',
  ENOTFOUND: 'NameNotResolved',
  EAI_AGAIN: 'NameNotResolved',
  EAI_FAIL: 'NameNotResolved',
  ECONNREFUSED: 'ConnectionRefused',
  EHOSTUNREACH: 'NetworkUnreachable',
  ENETUNREACH: 'NetworkUnreachable',
  EHOSTDOWN: 'NetworkUnreachable',
  ETIMEDOUT: 'TimedOut',
  UND_ERR_CONNECT_TIMEOUT: 'TimedOut',
  UND_ERR_HEADERS_TIMEOUT: 'TimedOut',
  UND_ERR_BODY_TIMEOUT: 'TimedOut',
  SELF_SIGNED_CERT_IN_CHAIN: 'TlsUntrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TlsUntrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TlsUntrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'TlsUntrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TlsUntrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TlsUntrusted',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'ClientCertificateRefused',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'ClientCertificateRefused',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'ClientCertificateRefused',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'ClientCertificateRefused',
};

/** Puts a name to an error of the network, TLS or undici; the message never holds a credential, since none of them carries headers. */
export function toUnreachable(error: unknown, server: string): Unreachable {
  if (error instanceof Unreachable) return error;
  const root = deepestWithCode(error);
  const code = codeOf(root);
  const reason = reasonOf(code, root);
  const said = root instanceof Error ? root.message : String(root);
  return new Unreachable(reason, `${server}: ${EXPLANATION[reason]} (${code ? `${code}: ` : ''}${said})`, { cause: error });
}

const EXPLANATION: Readonly<Record<UnreachableReason, string>> = {
  NameNotResolved: 'the name of the API server could not be resolved',
  ConnectionRefused: 'nothing listens at the address of the API server',
  ConnectionLost: 'the connection to the API server broke',
  NetworkUnreachable: 'there is no route to the API server',
  TimedOut: 'the API server did not answer in time',
  TlsUntrusted: 'the certificate of the API server is not trusted',
  TlsFailed: 'the TLS handshake failed',
  ClientCertificateRefused: 'the API server refused the client certificate',
  AddressNotAllowed: 'the address is not allowed',
  AnswerTooLarge: 'the answer was larger than allowed',
};

function reasonOf(code: string | undefined, error: unknown): UnreachableReason {
  if (code !== undefined) {
    const known = BY_CODE[code];
    if (known) return known;
    if (code.startsWith('CERT_')) return 'TlsUntrusted';
    if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO') return 'TlsFailed';
  }
  return error instanceof Error && error.name === 'TimeoutError' ? 'TimedOut' : 'ConnectionLost';
}

/** Node wraps: `fetch failed` ← AggregateError ← the real one. The innermost error with a code says the most. */
function deepestWithCode(error: unknown): unknown {
  let found = error;
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; depth += 1) {
    if (codeOf(at) !== undefined) found = at;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return found;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
