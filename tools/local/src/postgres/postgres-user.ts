import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const nobody = 65534;

/** As whom, and from where, PostgreSQL's programs are run. */
export interface PostgresUser {
  binaries: string;
  uid?: number;
  gid?: number;
  /** A command line to put before the program's own. */
  prefix: string[];
  /** Removes what was copied for this user. */
  dispose(): void;
}

/**
 * PostgreSQL refuses to run as root. So as root it runs as `nobody` where that user can reach both
 * the programs and the data; otherwise (a home folder with mode 0700) in a user namespace where we
 * are not root; and where such a namespace is forbidden, as `nobody` from a copy of the programs.
 */
export function postgresUser(binaries: string, dataFolder: string): PostgresUser {
  const plain: PostgresUser = { binaries, prefix: [], dispose: () => {} };
  if (process.getuid?.() !== 0) return plain;

  const asNobody: PostgresUser = { ...plain, uid: nobody, gid: nobody };
  chownSync(dataFolder, nobody, nobody);
  if (canEnter(dataFolder, asNobody)) {
    return canRun(asNobody) ? asNobody : copied(asNobody);
  }
  chownSync(dataFolder, 0, 0);
  const inNamespace: PostgresUser = { ...plain, prefix: ['unshare', '-U', '--map-user=1000', '--map-group=1000', '--'] };
  if (canRun(inNamespace)) return inNamespace;
  throw new Error(
    `PostgreSQL can't run as root, and no other user can reach ${dataFolder}: ` +
      'run as an ordinary user, or name a running server in HEDDLE_POSTGRES_URL',
  );
}

/** The command line of one of PostgreSQL's programs for this user. */
export function postgresCommand(user: PostgresUser, program: string, args: string[]): [command: string, args: string[]] {
  const [command, ...rest] = [...user.prefix, join(user.binaries, 'bin', program), ...args];
  if (command === undefined) throw new Error('A command line has at least the program');
  return [command, rest];
}

function canRun(user: PostgresUser): boolean {
  const [command, args] = postgresCommand(user, 'postgres', ['--version']);
  return spawnSync(command, args, { uid: user.uid, gid: user.gid, cwd: '/' }).status === 0;
}

function canEnter(folder: string, { uid, gid }: PostgresUser): boolean {
  return spawnSync('test', ['-w', folder], { uid, gid, cwd: '/' }).status === 0;
}

function copied(user: PostgresUser): PostgresUser {
  const copy = mkdtempSync(join(tmpdir(), 'heddle-postgres-programs-'));
  cpSync(user.binaries, copy, { recursive: true, verbatimSymlinks: true });
  chownSync(copy, nobody, nobody);
  return { ...user, binaries: copy, dispose: () => rmSync(copy, { recursive: true, force: true }) };
}
