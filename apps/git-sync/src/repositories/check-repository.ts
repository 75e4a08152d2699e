import { X509Certificate } from 'node:crypto';
import type { RepositoryCredentials } from '@heddle/contracts';
import { Invalid, type FieldError } from '@heddle/platform';
import { GitUrlError, parseGitUrl, type GitUrl } from '../git/git-url.ts';

/** What of a repository must fit together. */
export interface RepositoryInput {
  url: string;
  defaultBranch: string;
  credentials: RepositoryCredentials;
  certificateAuthority: string | null;
}

const BRANCH = /^(?!-)(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)|\/\.|\.$|\/$))[^\s~^:?*[\\\p{Cc}]+$/u;

/** Names every fault of the input at once. @throws Invalid */
export function checkRepository(input: RepositoryInput, allowHttp: boolean): GitUrl {
  const errors: FieldError[] = [];
  const url = readUrl(input.url, errors);
  if (url) errors.push(...checkAgainstUrl(url, input, allowHttp));
  if (!BRANCH.test(input.defaultBranch)) errors.push({ field: 'defaultBranch', message: 'is not a name that Git allows for a branch' });
  errors.push(...checkCredentials(input.credentials));
  if (input.certificateAuthority !== null && !isCertificate(input.certificateAuthority)) {
    errors.push({ field: 'certificateAuthority', message: 'is not a certificate in PEM form' });
  }
  if (errors.length > 0 || !url) {
    throw new Invalid({ code: 'GIT-002', message: `The repository cannot be stored: ${errors.map(({ field, message }) => `${field} ${message}`).join('; ')}.`, remedy: 'Correct the fields that are named.', errors });
  }
  return url;
}

function readUrl(text: string, errors: FieldError[]): GitUrl | null {
  try {
    return parseGitUrl(text);
  } catch (error) {
    if (!(error instanceof GitUrlError)) throw error;
    errors.push({ field: 'url', message: error.message });
    return null;
  }
}

function checkAgainstUrl(url: GitUrl, { credentials, certificateAuthority }: RepositoryInput, allowHttp: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (url.scheme === 'http' && !allowHttp) errors.push({ field: 'url', message: 'uses http://, which the administrator has not allowed (HEDDLE_ALLOW_HTTP)' });
  if (url.scheme === 'ssh' && credentials.type !== 'ssh') errors.push({ field: 'credentials', message: 'must be an SSH key for an ssh address' });
  if (url.scheme !== 'ssh' && credentials.type === 'ssh') errors.push({ field: 'credentials', message: 'of type ssh need an ssh:// or user@host:path address' });
  if (url.scheme !== 'https' && certificateAuthority !== null) errors.push({ field: 'certificateAuthority', message: 'is of use with https:// only' });
  return errors;
}

/** A line break or NUL would let a value speak git's credential protocol. */
function checkCredentials(credentials: RepositoryCredentials): FieldError[] {
  if (credentials.type === 'ssh') {
    return credentials.privateKey.includes('PRIVATE KEY-----') ? [] : [{ field: 'credentials.privateKey', message: 'is not a private key in OpenSSH or PEM form' }];
  }
  return Object.entries(credentials).flatMap(([field, value]) =>
    (/[\p{Cc}]/u.test(value) ? [{ field: `credentials.${field}`, message: 'holds a line break or another control character' }] : []));
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
