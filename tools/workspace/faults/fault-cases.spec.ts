import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@heddle/local';
import { describe, expect, it } from 'vitest';
import { faultCases, renderFaultCases } from './fault-cases.ts';

const FOLDER = 'libs/messaging/test';
const read = (file: string) => (existsSync(join(repositoryRoot, file)) ? readFileSync(join(repositoryRoot, file), 'utf8') : '');

describe('the fault cases', () => {
  it.each(faultCases)('$number, $what, is a test that runs', ({ file, test }) => {
    // Not one that is skipped: the name follows a plain `it`, an `it.each` of something or the end of its list.
    const declaration = read(file).split('\n').find((line) => line.includes(`('${test}'`));
    expect(declaration, `${file} has no test '${test}'`).toMatch(/^\s*(it(\.each(<[^>]*>)?\(.*\))?|\]( as const)?\))\('/);
  });

  it('are all there', () => {
    expect([...new Set(faultCases.map(({ number }) => number))]).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });

  it('stand in the table', () => {
    expect(read(`${FOLDER}/README.md`), `paste this:\n${renderFaultCases(FOLDER)}\n`).toContain(renderFaultCases(FOLDER));
  });
});
