import { execFile } from 'node:child_process';
import path from 'node:path';
import { repositoryRoot } from '@heddle/local';

export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** `heddle …` as a process of its own, with nothing but the folder of its configuration. */
export function heddle(configHome: string, ...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(repositoryRoot, 'apps/cli/dist/main.js'), ...words], { env: { XDG_CONFIG_HOME: configHome, PATH: process.env['PATH'] }, cwd: repositoryRoot }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}
