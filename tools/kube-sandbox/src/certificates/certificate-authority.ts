import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { der } from './der.ts';

const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};
const TEN_YEARS = 10 * 365 * 24 * 3600 * 1000;
const ONE_HOUR = 3600 * 1000;

export interface KeyPair {
  /** PEM, X.509. */
  cert: string;
  /** PEM, PKCS #8. */
  key: string;
}

/** A private authority on P-256 that issues server and client certificates. */
export class CertificateAuthority {
  private readonly subject: Buffer;
  private readonly key: KeyObject;

  private constructor(
    readonly pair: KeyPair,
    name: string,
  ) {
    this.key = createPrivateKey(pair.key);
    this.subject = distinguishedName(name, []);
  }

  static create(name: string): CertificateAuthority {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const subject = distinguishedName(name, []);
    const extensions = [
      extension(OID.basicConstraints, der.sequence(der.boolean(true)), true),
      // keyCertSign and cRLSign are bits 5 and 6.
      extension(OID.keyUsage, der.bits(Buffer.from([0b0000_0110]), 1), true),
    ];
    const cert = certificate({ issuer: subject, subject, publicKey, signer: privateKey, extensions });
    return new CertificateAuthority({ cert, key: pkcs8(privateKey) }, name);
  }

  static restore(name: string, pair: KeyPair): CertificateAuthority {
    return new CertificateAuthority(pair, name);
  }

  /** For a TLS server under these host names and addresses. */
  issueServer(hosts: string[]): KeyPair {
    const names = hosts.map((host) => (isIP(host) === 0 ? der.implicit(2, Buffer.from(host)) : der.implicit(7, addressBytes(host))));
    return this.issue(distinguishedName(hosts[0] ?? 'localhost', []), OID.serverAuth, [
      extension(OID.subjectAltName, der.sequence(...names)),
    ]);
  }

  /** For a client: Kubernetes reads the user from CN and the groups from O. */
  issueClient(user: string, groups: string[]): KeyPair {
    return this.issue(distinguishedName(user, groups), OID.clientAuth, []);
  }

  private issue(subject: Buffer, usage: string, more: Buffer[]): KeyPair {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const extensions = [
      extension(OID.basicConstraints, der.sequence(), true),
      // digitalSignature is bit 0.
      extension(OID.keyUsage, der.bits(Buffer.from([0b1000_0000]), 7), true),
      extension(OID.extendedKeyUsage, der.sequence(der.oid(usage))),
      ...more,
    ];
    const cert = certificate({ issuer: this.subject, subject, publicKey, signer: this.key, extensions });
    return { cert, key: pkcs8(privateKey) };
  }
}

interface CertificateParts {
  issuer: Buffer;
  subject: Buffer;
  publicKey: KeyObject;
  signer: KeyObject;
  extensions: Buffer[];
}

function certificate({ issuer, subject, publicKey, signer, extensions }: CertificateParts): string {
  const now = Date.now();
  const algorithm = der.sequence(der.oid(OID.ecdsaWithSha256));
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    issuer,
    der.sequence(der.time(new Date(now - ONE_HOUR)), der.time(new Date(now + TEN_YEARS))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(...extensions)),
  );
  const signed = der.sequence(body, algorithm, der.bits(sign('sha256', body, signer)));
  const lines = signed.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function distinguishedName(commonName: string, organizations: string[]): Buffer {
  const attribute = (oid: string, value: string) => der.set(der.sequence(der.oid(oid), der.text(value)));
  return der.sequence(...organizations.map((name) => attribute(OID.organization, name)), attribute(OID.commonName, commonName));
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  return der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octets(value));
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => text.split(':').filter((part) => part !== '').map((part) => parseInt(part, 16));
  const left = groups(head);
  const right = groups(tail);
  const all = [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A new key pair to sign tokens with, in PEM. */
export function signingKeys(): { privatePem: string; publicPem: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return { privatePem: pkcs8(privateKey), publicPem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString() };
}
