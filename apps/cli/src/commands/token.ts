import type { NewToken, TokenView } from '@heddle/contracts';
import type { Command } from 'commander';
import { renderAge } from '../output/render-table.ts';
import { type Surroundings, openSession } from './session.ts';

/** `heddle token …` */
export function addTokenCommands(program: Command, around: Surroundings): void {
  const token = program.command('token').description('tokens: one for each person and program');

  token.command('make <name>').description('make a token; it is shown this once').option('--expires <time>', 'when it ends, e.g. 2030-01-01T00:00:00Z')
    .action(async (name: string, options: { expires?: string }, command: Command) => {
      const { client, printer } = await openSession(command, around);
      printer.one(await client.post<NewToken>('tokens', { name, ...(options.expires && { expiresAt: options.expires }) }), (made) => made.token);
    });

  token.command('list').description('list tokens, without their secrets').action(async (_options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    printer.list(await client.all<TokenView>('tokens'), [
      { title: 'name', of: (t) => t.name }, { title: 'age', of: (t) => renderAge(t.createdAt) }, { title: 'made by', of: (t) => t.madeBy ?? '' }, { title: 'expires', of: (t) => t.expiresAt }, { title: 'revoked', of: (t) => t.revokedAt },
    ], 'No tokens.');
  });

  token.command('revoke <name>').description('end a token').action(async (name: string, _options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    printer.one(await client.delete<TokenView>(`tokens/${encodeURIComponent(name)}`), (t) => `token ${t.name} is revoked`);
  });
}
