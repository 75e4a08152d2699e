import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

/** Where the gateway is and who asks. */
export interface Login {
  url: string;
  token: string;
}

const file = (env: Environment) => path.join(env['XDG_CONFIG_HOME'] || path.join(homedir(), '.config'), 'heddle', 'login.json');

export type Environment = Record<string, string | undefined>;

/** HEDDLE_URL and HEDDLE_TOKEN, else what `heddle login` stored. @throws with what to do when there is neither. */
export async function readLogin(env: Environment): Promise<Login> {
  if (env['HEDDLE_URL'] && env['HEDDLE_TOKEN']) return { url: env['HEDDLE_URL'], token: env['HEDDLE_TOKEN'] };
  const text = await readFile(file(env), 'utf8').catch((cause: unknown) => {
    throw new Error('Not logged in. Run `heddle login --url <address> --token <token>`, or set HEDDLE_URL and HEDDLE_TOKEN.', { cause });
  });
  return JSON.parse(text) as Login;
}

/** Stored for this user alone. */
export async function storeLogin(env: Environment, login: Login): Promise<string> {
  await mkdir(path.dirname(file(env)), { recursive: true, mode: 0o700 });
  await writeFile(file(env), JSON.stringify(login), { mode: 0o600 });
  // The mode above is for a new file alone.
  await chmod(file(env), 0o600);
  return file(env);
}

export async function forgetLogin(env: Environment): Promise<void> {
  await rm(file(env), { force: true });
}
