// The entry of every npm script. It needs nothing installed and any Node from 18 on: it finds or
// fetches a Node that is new enough, installs what the lock file names, and hands over to main.ts.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const oldest = { major: 24, minor: 16 };
const oldestName = `${oldest.major}.${oldest.minor}`;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const windows = process.platform === 'win32';

const node = runtime();
const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
const environment = { ...process.env, PATH: path };
linkOwnPackages();
if (!isInstalled()) {
  console.log('Installing dependencies...');
  npm(node, ['ci', '--loglevel=error'], root);
}
handOver();

/** This Node when it is new enough, else the pinned one of tools/runtime, fetched on first use. */
function runtime() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return process.execPath;
  const folder = join(root, 'tools', 'runtime');
  const fetched = fetchedNode(folder);
  if (fetched) return fetched;
  console.log(`Node ${process.versions.node} is older than ${oldestName}: fetching a private one...`);
  npm(process.execPath, ['ci', '--loglevel=error'], folder);
  const found = fetchedNode(folder);
  if (found) return found;
  console.error(`There is no private Node for ${process.platform} ${process.arch}: install Node ${oldestName} or later.`);
  return process.exit(1);
}

function fetchedNode(folder) {
  const modules = join(folder, 'node_modules');
  if (!existsSync(modules)) return undefined;
  return readdirSync(modules)
    .filter((name) => name.startsWith('node-'))
    .map((name) => join(modules, name, 'bin', windows ? 'node.exe' : 'node'))
    .find((file) => existsSync(file));
}

/** Links the packages of this repository that came after the last install: for them nothing has to be fetched. */
function linkOwnPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [name, { link, resolved }] of Object.entries(packages)) {
    const place = join(root, name);
    if (!link || existsSync(place) || !existsSync(dirname(place))) continue;
    symlinkSync(windows ? join(root, resolved) : relative(dirname(place), join(root, resolved)), place, 'junction');
  }
}

/** Whether node_modules holds each package of the lock file, by npm's own record of what it installed. */
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([name, { version, integrity, optional, peer, link }]) => {
    if (!name.includes('node_modules/') || optional || link) return true;
    const found = installed[name];
    return found ? found.version === version && found.integrity === integrity : Boolean(peer);
  });
}

/** Runs npm's own program under the given Node; ends with npm's status when it fails. */
function npm(withNode, args, folder) {
  const own = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const cli = [process.env.npm_execpath, own].find((file) => file && file.endsWith('npm-cli.js') && existsSync(file));
  const options = { cwd: folder, stdio: 'inherit', env: { ...process.env, PATH: [dirname(withNode), process.env.PATH].join(delimiter) } };
  const done = cli ? spawnSync(withNode, [cli, ...args], options) : spawnSync('npm', args, { ...options, shell: windows });
  if (done.error) console.error(`npm could not be run: ${done.error.message}`);
  if (done.status !== 0) process.exit(done.status || 1);
}

function handOver() {
  const loader = ['--conditions=@heddle/source', '--import', './tools/ts-loader.mjs'];
  const child = spawn(node, [...loader, 'tools/main.ts', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit', env: environment });
  // Ctrl-C in a terminal reaches the child by itself, and a second one would cut its clean-up short.
  const terminal = Boolean(process.stdin.isTTY);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    let sent = false;
    process.on(signal, () => {
      if (!sent && !(terminal && signal === 'SIGINT')) child.kill(signal);
      sent = true;
    });
  }
  child.on('exit', (code, signal) => process.exit(signal ? 1 : code));
}
