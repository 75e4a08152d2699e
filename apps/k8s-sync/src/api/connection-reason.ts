import { messageOf, type KubeAnswer } from './kube-answer.ts';
import type { UnreachableReason } from './unreachable.ts';

export type ConnectionReason = 'Connected' | 'Unauthorized' | 'Forbidden' | 'ServerError' | 'TooManyRequests' | UnreachableReason | 'CredentialsUnreadable';

/** What to do about each cause; shown beside it. */
export const CONNECTION_REMEDY: Readonly<Record<Exclude<ConnectionReason, 'Connected'>, string>> = {
  Unauthorized: 'Enter a valid token or client certificate: the API server does not know the one that is stored, or it has expired.',
  Forbidden: 'Grant the account the rights that Heddle needs, by a Role and a RoleBinding in the namespace.',
  ServerError: 'Look into the log of the API server; Heddle tries again by itself.',
  TooManyRequests: 'The API server is overloaded; Heddle waits as long as it asks for.',
  NameNotResolved: 'Check the host name of the server address, and the DNS of the machine that runs Heddle.',
  ConnectionRefused: 'Check the port of the server address, and that the API server runs.',
  ConnectionLost: 'Heddle tries again by itself; check proxies and firewalls when it happens often.',
  NetworkUnreachable: 'Check the route and the firewalls between Heddle and the API server.',
  TimedOut: 'Check the address and the firewalls: nothing refuses, but nothing answers either.',
  TlsUntrusted: "Enter the CA that signed the API server's certificate, and use a host name that the certificate holds.",
  TlsFailed: 'Check that the address speaks HTTPS with TLS 1.2 or later.',
  ClientCertificateRefused: 'Enter a client certificate that the API server trusts and that has not expired.',
  AddressNotAllowed: 'Ask the administrator to allow this private address (HEDDLE_ALLOW_PRIVATE_ADDRESSES), or use a public one.',
  AnswerTooLarge: 'Check that the address is that of a Kubernetes API server.',
  CredentialsUnreadable: 'Enter the credentials of the cluster again.',
};

/**
 * What an answer says about the connection itself. 4xx other than 401 are about one request, not about the server;
 * so are 500s by which the server reports a broken body or a failing admission webhook.
 */
export function connectionReasonOf(answer: KubeAnswer): ConnectionReason {
  if (answer.status === 401 || (answer.status === 403 && ANONYMOUS.test(messageOf(answer)))) return 'Unauthorized';
  if (answer.status >= 500 && !isAboutTheRequest(answer)) return 'ServerError';
  return 'Connected';
}

// Who is not recognised by his client certificate is let in as nobody.
const ANONYMOUS = /User "system:anonymous"/;
const TYPED_PATCH_FAILURE = /^failed to create typed (patch|live) object/;
const WEBHOOK_FAILURE = /failed calling webhook|invalid webhook response/;

/** A real API server answers 500 to an apply whose body does not fit the schema: no retry helps. */
export function isMalformedApply(answer: KubeAnswer): boolean {
  return answer.status === 500 && TYPED_PATCH_FAILURE.test(messageOf(answer));
}

/** An admission webhook with failurePolicy Fail could not be called: the server works, the webhook doesn't. */
export function isWebhookFailure(answer: KubeAnswer): boolean {
  return answer.status >= 500 && WEBHOOK_FAILURE.test(messageOf(answer));
}

function isAboutTheRequest(answer: KubeAnswer): boolean {
  return isMalformedApply(answer) || isWebhookFailure(answer);
}
