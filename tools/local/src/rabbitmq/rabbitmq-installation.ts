import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';
import { downloadDebianPackages, unpackDebianPackages } from './debian-packages.ts';

export interface RabbitmqInstallation {
  /** The script that starts the broker with the environment as it is given. */
  server: string;
  epmd: string;
  /** What PATH must begin with. */
  path: string[];
  /** Where libraries that the system may lack were unpacked. */
  libraries: string[];
}

/**
 * A RabbitMQ to run: the machine's, else Debian's packages unpacked into the user's cache folder.
 * @throws with the way to start one by docker compose where neither can be had
 */
export async function rabbitmqInstallation(tell: (line: string) => void = () => {}): Promise<RabbitmqInstallation> {
  const found = installed();
  if (found !== undefined) return found;
  const release = debianRelease();
  if (release === undefined) throw new Error(`RabbitMQ is not on this machine, and it is no Debian or Ubuntu. ${otherWay}`);
  const folder = join(cacheFolder(), `rabbitmq-${release}-${process.arch}`);
  if (!existsSync(folder)) {
    tell('fetching RabbitMQ (35 MB, once)');
    await unpackInto(folder);
  }
  return unpacked(folder);
}

const otherWay = 'Start one with `docker compose up -d rabbitmq` and name it in HEDDLE_AMQP_URL.';

function installed(): RabbitmqInstallation | undefined {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  // Debian's wrapper on the PATH insists on the system's user and data; the script behind it doesn't.
  const folder = ['/usr/lib/rabbitmq/bin', ...path].find((each) => existsSync(join(each, 'rabbitmq-server')));
  const erl = path.find((each) => existsSync(join(each, 'erl')));
  if (folder === undefined || erl === undefined) return undefined;
  const erlangRoot = execFileSync(join(erl, 'erl'), ['-noshell', '-eval', 'io:put_chars(code:root_dir()), halt().'], { encoding: 'utf8', timeout: 20_000 });
  return { server: join(folder, 'rabbitmq-server'), epmd: epmdOf(erlangRoot), path: [erl], libraries: [] };
}

function unpacked(folder: string): RabbitmqInstallation {
  const erlang = join(folder, 'usr/lib/erlang');
  const libraries = join(folder, 'usr/lib');
  return {
    server: join(folder, 'usr/lib/rabbitmq/bin/rabbitmq-server'),
    epmd: epmdOf(erlang),
    path: [join(erlang, 'bin')],
    libraries: readdirSync(libraries).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(libraries, name)),
  };
}

function epmdOf(erlangRoot: string): string {
  const erts = readdirSync(erlangRoot).find((name) => name.startsWith('erts-'));
  if (erts === undefined) throw new Error(`No Erlang runtime in ${erlangRoot}`);
  return join(erlangRoot, erts, 'bin/epmd');
}

function debianRelease(): string | undefined {
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb')) return undefined;
  const release = readFileSync('/etc/os-release', 'utf8');
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(release)?.[1] ?? 'unknown';
  return `${field('ID')}-${field('VERSION_ID')}`;
}

/** Two runs may unpack at the same time: each into a folder of its own, and the first rename wins. */
async function unpackInto(folder: string): Promise<void> {
  const work = mkdtempSync(`${folder}-`);
  try {
    const tree = join(work, 'tree');
    await unpackDebianPackages(await downloadDebianPackages(work), tree);
    for (const script of erlScripts(tree)) {
      writeFileSync(script, readFileSync(script, 'utf8').replace(/^(\s*)ROOTDIR=.*$/gm, `$1ROOTDIR="${join(folder, 'usr/lib/erlang')}"`));
    }
    renameSync(tree, folder);
  } catch (cause) {
    if (!existsSync(folder)) throw new Error(`RabbitMQ is not on this machine, and its Debian packages can't be had. ${otherWay}`, { cause });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function erlScripts(tree: string): string[] {
  const erlang = join(tree, 'usr/lib/erlang');
  return [join(erlang, 'bin/erl'), join(dirname(epmdOf(erlang)), 'erl')];
}
