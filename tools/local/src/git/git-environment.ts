import { join } from 'node:path';

/**
 * The environment of every git that we start: no configuration of the machine or of the user, no
 * prompt, a fixed author. Only what finds the programs is kept.
 */
export const gitEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  HOME: join('/', 'nonexistent'),
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Heddle Example',
  GIT_AUTHOR_EMAIL: 'example@heddle.invalid',
  GIT_COMMITTER_NAME: 'Heddle Example',
  GIT_COMMITTER_EMAIL: 'example@heddle.invalid',
};
