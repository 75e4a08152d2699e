import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@heddle/local';
import { describe, expect, it } from 'vitest';
import { engineFaultCases } from './engine-fault-cases.ts';
import { faultCases, renderFaultCases } from './fault-cases.ts';

const FOLDER = 'libs/messaging/test';
const read = (file: string) => (existsSync(join(repositoryRoot, file)) ? readFileSync(join(repositoryRoot, file), 'utf8') : '');

describe('the fault cases', () => {
  it.each([...faultCases, ...engineFaultCases])('$number, $what, is a test that runs', ({ file, test }) => {
    // Not one that is skipped: the name follows a plain `it`, an `it.each` of something or the end of its list.
    const declaration = read(file).split('\n').find((line) => line.includes(`('${test}'`));
    expect(declaration, `${file} has no test '${test}'`).toMatch(/^\s*(it(\.each(<[^>]*>)?\(.*\))?|\]( as const)?\))\('/);
  });

  it('of the engine follow in number, and stand in the operator\'s page', () => {
    expect([...new Set(engineFaultCases.map(({ number }) => number))]).toEqual(Array.from({ length: 15 }, (_, index) => index + 22));
    expect(read('docs/operations.md'), `paste this:\n${renderFaultCases('docs', engineFaultCases)}\n`).toContain(renderFaultCases('docs', engineFaultCases));
  });

  it('are all there', () => {
    expect([...new Set(faultCases.map(({ number }) => number))]).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });

  it('stand in the table', () => {
    expect(read(`${FOLDER}/README.md`), `paste this:\n${renderFaultCases(FOLDER)}\n`).toContain(renderFaultCases(FOLDER));
  });
});
