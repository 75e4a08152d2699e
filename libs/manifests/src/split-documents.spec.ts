import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitDocuments } from './split-documents.ts';

const told = (text: string) => splitDocuments(text).map((document) => [document.index, document.firstLine, document.text]);

describe('splitDocuments', () => {
  it('takes comments and directives into the first document', () => {
    expect(told('# head\n%YAML 1.2\n---\na: 1\n')).toEqual([[0, 1, '# head\n%YAML 1.2\n---\na: 1\n']]);
  });

  it('counts an empty document between two markers', () => {
    expect(told('a: 1\n---\n---\nb: 2').map(([index, line]) => [index, line])).toEqual([[0, 1], [1, 2], [2, 3]]);
  });

  it('splits inside a block scalar as YAML does', () => {
    expect(told('a: |\n  text\n---\nb: 2')).toHaveLength(2);
    expect(told('a: |\n  ---\n  text')).toHaveLength(1);
  });

  it('takes a title after the marker', () => {
    expect(told('--- # two\nb: 2\n---x: 3')).toHaveLength(1);
  });

  it('ends a document at three dots', () => {
    expect(told('a: 1\n...\n# note\n')).toEqual([[0, 1, 'a: 1']]);
    expect(told('a: 1\n...\nb: 2').map(([, line]) => line)).toEqual([1, 3]);
  });

  it('finds nothing in comments alone', () => {
    expect(told('# a\n\n')).toEqual([]);
    expect(told('')).toEqual([]);
  });

  it('keeps every line with content in exactly one document', () => {
    const line = fc.constantFrom('---', 'a: 1', '# note', '', '...', '  b: 2', '--- # x');
    fc.assert(fc.property(fc.array(line), (lines) => {
      const documents = splitDocuments(lines.join('\n'));
      expect(documents.map(({ index }) => index)).toEqual(documents.map((_, index) => index));
      const kept = documents.flatMap((document) => document.text.split('\n')).filter((each) => each.includes(':'));
      expect(kept).toEqual(lines.filter((each) => each.includes(':')));
      for (const document of documents) expect(lines[document.firstLine - 1]).toBe(document.text.split('\n')[0]);
    }));
  });
});
