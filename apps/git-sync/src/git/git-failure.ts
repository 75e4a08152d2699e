/** Why git could not do what was asked; the reasons that people see on repositories and fabrics. */
export type GitFailureReason =
  | 'AuthenticationRefused' | 'HostUnreachable' | 'NameNotResolved' | 'AddressNotAllowed' | 'TlsUntrusted' | 'RepositoryNotFound'
  | 'BranchMissing' | 'DirectoryMissing' | 'HostKeyMismatch' | 'PrivateKeyUnreadable' | 'RedirectRefused' | 'TimedOut' | 'LimitExceeded' | 'ServerFailed'
  | 'ObjectsRefused' | 'MirrorCorrupt' | 'DiskFull' | 'Cancelled' | 'GitFailed';

const REMEDIES: Record<GitFailureReason, string> = {
  AuthenticationRefused: 'Check that the credentials are valid and may read the repository, then store them again.',
  HostUnreachable: 'Check that the host is up and that its port can be reached from Heddle.',
  NameNotResolved: 'Check the host name in the address and the DNS server that Heddle uses.',
  AddressNotAllowed: 'Ask the administrator to allow private addresses (HEDDLE_ALLOW_PRIVATE_ADDRESSES), or use a public host.',
  TlsUntrusted: 'Store the certificate authority that signed the server certificate with the repository.',
  RepositoryNotFound: 'Check the path in the address; many servers also answer this when the credentials may not read the repository.',
  BranchMissing: 'Create the branch, or choose another one for the fabric.',
  DirectoryMissing: 'Create the directory in the branch, or choose another one for the fabric.',
  HostKeyMismatch: 'Compare the key of the server with its administrator, then store the right known_hosts lines.',
  PrivateKeyUnreadable: 'Store an OpenSSH or PEM private key without a passphrase.',
  RedirectRefused: 'Use the final address: Heddle follows no redirects with credentials.',
  TimedOut: 'Check the load of the server and the way to it; Heddle tries again by itself.',
  LimitExceeded: 'Make the repository or the directory smaller, or ask the administrator to raise the limit.',
  ServerFailed: 'Look into the log of the Git server; Heddle tries again by itself.',
  ObjectsRefused: 'Nothing to do: Heddle fetches the repository without a filter.',
  MirrorCorrupt: 'Nothing to do: Heddle makes the mirror anew.',
  DiskFull: 'Free space in the folder of the mirrors (HEDDLE_GIT_FOLDER).',
  Cancelled: 'Nothing to do: another replica carries on.',
  GitFailed: 'Read the message of git; if it does not help, test the connection of the repository.',
};

/** An operation of git that failed, told without any secret. */
export class GitFailure extends Error {
  readonly remedy: string;

  constructor(readonly reason: GitFailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GitFailure';
    this.remedy = REMEDIES[reason];
  }
}
