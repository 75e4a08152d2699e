import { Invalid } from '@heddle/platform';
import { describe, expect, it } from 'vitest';
import { pageOfRows, readCursor, writeCursor } from './cursor.ts';

describe('cursor', () => {
  it('reads back the key that it wrote', () => {
    expect(readCursor(writeCursor(['VPC', 'vpc-ü/1']), 2)).toEqual(['VPC', 'vpc-ü/1']);
  });

  it.each(['', 'x', 'eyJhIjoxfQ', writeCursor(['a']), writeCursor(['a', 'b', 'c'])])('refuses the foreign cursor %j', (cursor) => {
    expect(() => readCursor(cursor, 2)).toThrow(Invalid);
  });

  it('names no next page after the last row', () => {
    expect(pageOfRows([1, 2], 2, (row) => [String(row)], (row) => row)).toEqual({ items: [1, 2], next: null });
    expect(pageOfRows([1, 2, 3], 2, (row) => [String(row)], (row) => row)).toEqual({ items: [1, 2], next: writeCursor(['2']) });
  });
});
