import { GitFailure, type GitFailureReason } from './git-failure.ts';

/** What is known about a git process that ended badly. */
export interface GitEnd {
  /** Words for people: 'list the branches', 'fetch'. */
  doing: string;
  stderr: string;
  exitCode: number | null;
  /** What the tunnel saw, which is more certain than git's words. */
  tunnelFailure?: GitFailure | null;
  secrets: readonly string[];
}

/** First match wins. Texts of git 2.30 to 2.52 in the C locale, curl (OpenSSL and GnuTLS) and OpenSSH. */
const PATTERNS: readonly (readonly [RegExp, GitFailureReason])[] = [
  [/No space left on device|Disk quota exceeded/i, 'DiskFull'],
  [/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|host key is known for|No matching host key/i, 'HostKeyMismatch'],
  [/Load key .*(invalid format|error in libcrypto|incorrect passphrase)/i, 'PrivateKeyUnreadable'],
  [/Permission denied \(|Authentication failed|could not read (Username|Password)|requested URL returned error: (401|403|407)|Too many authentication failures|HTTP Basic: Access denied/i, 'AuthenticationRefused'],
  [/certificate|SSL: no alternative|gnutls_handshake|SSL_ERROR|TLS (connect|alert)|TLS connection was non-properly|SSL connect error/i, 'TlsUntrusted'],
  [/requested URL returned error: 30\d|unable to update url base from redirection/i, 'RedirectRefused'],
  [/couldn't find remote ref|Remote branch .* not found/i, 'BranchMissing'],
  [/not our ref|Server does not allow request for unadvertised object|upload-pack: not our ref/i, 'ObjectsRefused'],
  [/requested URL returned error: (404|410)|repository '.*' not found|Repository not found|does not appear to be a git repository|Project not found|not valid: is this a git repository/i, 'RepositoryNotFound'],
  [/requested URL returned error: (429|5\d\d)/i, 'ServerFailed'],
  [/Could not resolve (host|proxy|hostname)|Name or service not known|Temporary failure in name resolution/i, 'NameNotResolved'],
  [/timed out|Operation too slow/i, 'TimedOut'],
  [/Connection refused|Failed to connect|No route to host|Network is unreachable|Couldn't connect|complete SOCKS5 connection|Connection (reset|closed)/i, 'HostUnreachable'],
  [/bad object|is corrupt|corrupted|inflate:|invalid index-pack|far too short|garbage at end|unable to (read|parse|unpack)|not a git repository|bad tree|missing (blob|tree|commit)|did not send all necessary objects|object file .* is empty|packfile .* (cannot be accessed|does not match)|bad config/i, 'MirrorCorrupt'],
  [/the remote end hung up unexpectedly|early EOF|RPC failed|unexpected disconnect/i, 'ServerFailed'],
];

/** Tells from what git left behind why it failed; the message is redacted and of one line. */
export function classifyGitError(end: GitEnd): GitFailure {
  if (end.tunnelFailure) return end.tunnelFailure;
  const text = redact(end.stderr, end.secrets);
  const reason = PATTERNS.find(([pattern]) => pattern.test(text))?.[1] ?? 'GitFailed';
  return new GitFailure(reason, `Could not ${end.doing}: ${lastWords(text) || `git ended with code ${end.exitCode}`}`);
}

/** Takes every secret out of a text, also in its URL-encoded and base64 forms, and any user:password@ within a URL. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s']*@/gi, '$1');
  for (const secret of secrets) {
    if (secret.length < 4) continue;
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
      clean = clean.replaceAll(form, '[secret]');
    }
  }
  return clean;
}

function lastWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('warning:'));
  const telling = lines.filter((line) => /^(fatal|error|remote|ssh|git@|Load key)|denied|failed/i.test(line));
  return (telling.length > 0 ? telling : lines).slice(0, 3).join('; ').slice(0, 400);
}
