/** How a repository is reached. */
export interface GitUrl {
  scheme: 'https' | 'http' | 'ssh';
  host: string;
  port: number;
  /** User name within the URL; of ssh it is the login, default `git`. */
  user: string | null;
  /** The address that git gets: without a port for ssh, whose port the private ssh configuration names. */
  remote: string;
}

export class GitUrlError extends Error {}

const PORTS = { https: 443, http: 80, ssh: 22 } as const;
const SCP_FORM = /^(?:([A-Za-z0-9._-]+)@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)(.+)$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)$/;
const USER = /^[A-Za-z0-9._][A-Za-z0-9._-]*$/;

/**
 * Reads the address of a repository and refuses what git could take for something else than a server: local paths,
 * helpers (`ext::`), options, control characters, and secrets within the address.
 */
export function parseGitUrl(text: string): GitUrl {
  if (/[\s\p{Cc}]/u.test(text)) throw new GitUrlError('The address holds spaces or control characters.');
  if (text.includes('::') && !text.includes('[')) throw new GitUrlError('Remote helpers are not allowed in the address.');
  const withScheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text);
  return withScheme ? parseWithScheme(text, withScheme[1]!.toLowerCase()) : parseScpForm(text);
}

/** The host that credentials belong to; changing it drops them. */
export function remoteKey(url: GitUrl): string {
  return `${url.scheme === 'ssh' ? 'ssh' : 'http'}://${url.host}:${url.port}`;
}

/** The server as people write it: its port is named where it is not the usual one. */
export function serverOf({ scheme, host, port }: Pick<GitUrl, 'scheme' | 'host' | 'port'>): string {
  return port === PORTS[scheme] ? host : `${host}:${port}`;
}

function parseWithScheme(text: string, scheme: string): GitUrl {
  if (scheme !== 'https' && scheme !== 'http' && scheme !== 'ssh') {
    throw new GitUrlError(`The scheme ${scheme}:// is not allowed; use https:// or ssh://.`);
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new GitUrlError('The address is not a URL.', { cause });
  }
  if (url.password !== '') throw new GitUrlError('The address holds a password; give it as credentials instead.');
  if (url.hash !== '' || url.search !== '') throw new GitUrlError('The address must not have a query or a fragment.');
  if (url.pathname === '' || url.pathname === '/') throw new GitUrlError('The address names no repository.');
  const host = checkHost(url.hostname.toLowerCase());
  const user = url.username === '' ? null : checkUser(decodeURIComponent(url.username));
  const port = url.port === '' ? PORTS[scheme] : Number(url.port);
  if (scheme === 'ssh') return { scheme, host, port, user: user ?? 'git', remote: `ssh://${user ?? 'git'}@${host}${url.pathname}` };
  return { scheme, host, port, user, remote: `${scheme}://${serverOf({ scheme, host, port })}${url.pathname}` };
}

function parseScpForm(text: string): GitUrl {
  const match = SCP_FORM.exec(text);
  if (!match) throw new GitUrlError('The address is neither https://, ssh:// nor user@host:path.');
  const host = checkHost(match[2]!.toLowerCase());
  const user = checkUser(match[1] ?? 'git');
  if (match[3]!.startsWith('-')) throw new GitUrlError('The path must not start with a hyphen.');
  return { scheme: 'ssh', host, port: PORTS.ssh, user, remote: `${user}@${host}:${match[3]}` };
}

function checkHost(host: string): string {
  if (!HOST.test(host)) throw new GitUrlError(`'${host}' is not a host name.`);
  return host;
}

function checkUser(user: string): string {
  if (!USER.test(user)) throw new GitUrlError('The user name in the address holds characters that are not allowed.');
  return user;
}
