import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

// logrotate, socat and the like are dependencies too, for a service of the system; the broker runs
// without them. libssl is what a slim image may lack.
const wanted = /^(rabbitmq-server|erlang-[a-z0-9-]+|libssl3\w*)$/;

/**
 * Downloads RabbitMQ and the Erlang that it needs as Debian packages into `folder`, with apt's own
 * checks of signatures and sums, as any user, and without installing anything (35 MB, 7 s measured).
 * The system's package lists are used; where they are missing or outdated, lists of our own.
 * @returns the paths of the packages
 */
export async function downloadDebianPackages(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  try {
    return await download(folder, []);
  } catch {
    const options = ownLists(join(folder, 'apt'));
    await run('apt-get', [...options, 'update', '-qq'], { timeout: 120_000 });
    return download(folder, options);
  }
}

async function download(folder: string, options: string[]): Promise<string[]> {
  const before = ['--recurse', '--no-recommends', '--no-suggests', '--no-conflicts', '--no-breaks', '--no-replaces', '--no-enhances'];
  const { stdout } = await run('apt-cache', [...options, 'depends', ...before, 'rabbitmq-server'], { timeout: 60_000, maxBuffer: 1 << 24 });
  const names = [...new Set(stdout.split('\n').filter((line) => wanted.test(line)))];
  const downloads = join(folder, 'packages');
  mkdirSync(downloads, { recursive: true });
  // apt would rather download as its own user, who can't write here: a warning, not a failure.
  await run('apt-get', [...options, 'download', '-qq', ...names], { cwd: downloads, timeout: 300_000, maxBuffer: 1 << 24 });
  const listed = await run('ls', [downloads]);
  return listed.stdout.split('\n').filter((name) => name.endsWith('.deb')).map((name) => join(downloads, name));
}

function ownLists(folder: string): string[] {
  for (const part of ['state/lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, part), { recursive: true });
  return [
    '-o', `Dir::State=${join(folder, 'state')}`,
    '-o', `Dir::State::status=/var/lib/dpkg/status`,
    '-o', `Dir::Cache=${join(folder, 'cache')}`,
    '-o', 'Debug::NoLocking=true',
    '-o', 'APT::Sandbox::User=root',
  ];
}

/** Unpacks packages below `target` as `dpkg` would below `/`, without any of their scripts. */
export async function unpackDebianPackages(packages: string[], target: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  for (const file of packages) await run('dpkg-deb', ['-x', file, target], { timeout: 120_000 });
}
