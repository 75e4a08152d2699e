import type { Command } from 'commander';
import { HeddleClient } from '../client/heddle-client.ts';
import { forgetLogin, storeLogin } from '../config.ts';
import type { Surroundings } from './session.ts';

/** `heddle login`, `heddle logout` */
export function addLoginCommands(program: Command, around: Surroundings): void {
  program.command('login').description('remember where the gateway is and your token').requiredOption('--url <address>').requiredOption('--token <token>')
    .action(async ({ url, token }: { url: string; token: string }) => {
      await new HeddleClient({ url, token }).get('fabrics', { limit: 1 });
      around.out.write(`Logged in to ${url}; stored in ${await storeLogin(around.env, { url, token })}.\n`);
    });

  program.command('logout').description('forget them').action(async () => {
    await forgetLogin(around.env);
    around.out.write('Logged out.\n');
  });
}
