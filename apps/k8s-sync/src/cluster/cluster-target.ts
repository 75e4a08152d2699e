import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { ClusterSpec } from '@heddle/contracts';
import { Invalid, Secret } from '@heddle/platform';
import type { ApiCredentials } from '../api/api-session.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

/** A cluster as it is stored: one form for fields and for a pasted kubeconfig. */
export interface ClusterTarget {
  /** Origin and path without a slash at the end. */
  readonly server: string;
  readonly certificateAuthority: string | null;
  readonly authentication:
    | { readonly type: 'token'; readonly token: Secret }
    | { readonly type: 'client-certificate'; readonly certificate: string; readonly key: Secret };
  readonly namespace: string;
}

/** Checks what was given and brings it into one form. @throws Invalid naming the field and the remedy, never the value of a secret. */
export function toClusterTarget(spec: ClusterSpec): ClusterTarget {
  const target = 'kubeconfig' in spec ? parseKubeconfig(spec.kubeconfig, { context: spec.context, namespace: spec.namespace }) : fromFields(spec);
  if (target.certificateAuthority !== null) assertCertificate(target.certificateAuthority, 'certificateAuthority');
  if (target.authentication.type === 'client-certificate') {
    assertCertificate(target.authentication.certificate, 'authentication.certificate');
    assertKeyFits(target.authentication.certificate, target.authentication.key);
  } else if (/[\s\0]/.test(target.authentication.token.reveal())) {
    throw invalid('authentication.token', 'The token contains white space.', 'Paste the token alone, without line breaks.');
  }
  return { ...target, server: normaliseServer(target.server) };
}

/** As they are needed to talk to the cluster. */
export function credentialsOf({ server, certificateAuthority, namespace, authentication }: ClusterTarget): ApiCredentials & { namespace: string } {
  return {
    server, certificateAuthority, namespace,
    token: authentication.type === 'token' ? () => authentication.token.reveal() : null,
    clientCertificate: authentication.type === 'client-certificate' ? { certificate: authentication.certificate, key: authentication.key.reveal() } : null,
  };
}

function fromFields(spec: Exclude<ClusterSpec, { kubeconfig: string }>): ClusterTarget {
  return {
    server: spec.server,
    certificateAuthority: spec.certificateAuthority?.trim() ? spec.certificateAuthority : null,
    authentication: spec.authentication.type === 'token'
      ? { type: 'token', token: new Secret(spec.authentication.token.trim()) }
      : { type: 'client-certificate', certificate: spec.authentication.certificate, key: new Secret(spec.authentication.key) },
    namespace: spec.namespace,
  };
}

function normaliseServer(server: string): string {
  let url: URL;
  try {
    url = new URL(server);
  } catch {
    // The cause holds what was entered, which may be a password in the wrong place.
    throw invalid('server', 'The address of the API server is not a URL.', 'Give it as https://host:port.');
  }
  if (url.username || url.password || url.search || url.hash) {
    throw invalid('server', 'The address of the API server holds a user, a query or a fragment.', 'Give it as https://host:port; credentials have fields of their own.');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function assertCertificate(pem: string, field: string): void {
  try {
    void new X509Certificate(pem);
  } catch (cause) {
    throw invalid(field, `${field} is not a PEM certificate.`, "Paste it from '-----BEGIN CERTIFICATE-----' to '-----END CERTIFICATE-----'.", cause);
  }
}

function assertKeyFits(certificate: string, key: Secret): void {
  let fits: boolean;
  try {
    fits = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key.reveal()));
  } catch {
    // The cause is left out: it may quote what was pasted.
    throw invalid('authentication.key', 'The client key is not a PEM private key without a passphrase.', 'Paste an unencrypted PEM private key.');
  }
  if (!fits) throw invalid('authentication.key', 'The client key does not belong to the client certificate.', 'Paste the key that the certificate was issued for.');
}

function invalid(field: string, message: string, remedy: string, cause?: unknown): Invalid {
  return new Invalid({ code: 'K8S-001', message, remedy, errors: [{ field, message }], ...(cause !== undefined && { cause }) });
}
