/** Where git reads from and how it gets there; everything else of the machine's git configuration is shut out. */
export interface RemoteAccess {
  /** Address without secrets. */
  remote: string;
  /** `socks5h://127.0.0.1:port` of the guarded tunnel; null for ssh, which the private ssh configuration leads there. */
  proxy: string | null;
  /** PEM bundle for TLS; null: the system's. */
  caFile: string | null;
  /** Private ssh configuration; null for HTTP. */
  sshConfig: string | null;
  /** User name and password are written on file descriptor 3. */
  credentialOnDescriptor: boolean;
}

/** Reads the credential once from descriptor 3: neither arguments nor environment nor disk ever hold it. */
const DESCRIPTOR_HELPER = '!f() { test "$1" = get && cat <&3; }; f';

/**
 * The whole environment of a git process. Without `access` it cannot reach any network: a read that misses an object
 * says so instead of fetching it. `knowsMissing`: blobs may be missing on purpose.
 */
export function gitEnvironment(gitDir: string, path: string, access: RemoteAccess | null, knowsMissing: boolean = access !== null): Record<string, string> {
  const settings: [string, string][] = [...ALWAYS, ...(knowsMissing ? PARTIAL_CLONE : []), ...(access ? remoteSettings(access) : [])];
  return {
    PATH: path,
    HOME: '/nonexistent',
    LANG: 'C',
    LC_ALL: 'C',
    GIT_DIR: gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_ALLOW_PROTOCOL: access ? 'https:http:ssh' : 'none',
    ...(access?.sshConfig ? { GIT_SSH_COMMAND: `ssh -F '${access.sshConfig}'`, GIT_SSH_VARIANT: 'ssh' } : {}),
    ...configuration(settings),
  };
}

const ALWAYS: readonly [string, string][] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.askPass', ''],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['protocol.version', '2'],
  ['fetch.recurseSubmodules', 'false'],
  ['fetch.unpackLimit', '1'],
  ['transfer.credentialsInUrl', 'die'],
  ['transfer.bundleURI', 'false'],
  ['credential.helper', ''],
  ['http.followRedirects', 'false'],
  ['http.sslVerify', 'true'],
  ['http.lowSpeedLimit', '500'],
  ['http.lowSpeedTime', '30'],
  ['http.userAgent', 'heddle'],
];

/** Named here and not in the mirror, so that only a fetch knows of missing blobs: a read never turns into a fetch. */
const PARTIAL_CLONE: readonly [string, string][] = [
  ['remote.origin.promisor', 'true'],
  ['remote.origin.partialclonefilter', 'blob:none'],
];

function remoteSettings(access: RemoteAccess): [string, string][] {
  return [
    ['remote.origin.url', access.remote],
    ['http.proxy', access.proxy ?? ''],
    ...(access.caFile ? [['http.sslCAInfo', access.caFile] as [string, string]] : []),
    ...(access.credentialOnDescriptor ? [['credential.helper', DESCRIPTOR_HELPER] as [string, string]] : []),
  ];
}

function configuration(settings: readonly (readonly [string, string])[]): Record<string, string> {
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  settings.forEach(([key, value], index) => {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return variables;
}
