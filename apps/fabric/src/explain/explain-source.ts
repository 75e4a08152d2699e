import type { FabricFacts } from './explain-facts.ts';
import { blocked, reached, type Said, unknown } from './level.ts';

/** Whether it is known what Git asks for, of the fabric as a whole. */
export function inGit({ fabric }: FabricFacts): Said {
  const { source, revision, directoryNote, directory, branch } = fabric;
  const known = revision ? ` What was read last is ${revision.commit.slice(0, 12)}, at ${revision.observedAt}.` : '';
  if (source.state === 'failing') {
    const next = source.nextTryAt ? ` Next try at ${source.nextTryAt}.` : '';
    return unknown(source.reason, `Git can't be read: ${source.message}${next}${known}`, 'See the repository: its address, its credentials, and whether the branch exists.', source.since);
  }
  if (directoryNote !== null) {
    const where = directory === '' ? 'the root of the repository' : `the directory ${directory}`;
    return blocked(directoryNote, `${where} ${directoryNote === 'DirectoryMissing' ? `is missing from branch ${branch}` : `has no documents on branch ${branch}`}; everything is kept as it was`, 'Put the documents back, or change the directory of the fabric.', revision?.observedAt);
  }
  if (!revision) return { state: 'waiting', reason: source.reason, message: `no revision was read yet: ${source.message}`, since: source.since };
  return reached(source.reason, `read at ${revision.commit.slice(0, 12)}`, revision.observedAt);
}
