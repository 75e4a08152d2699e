import type { SourceFile } from '@heddle/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkFiles } from './chunk-files.ts';

const LIMIT = 2_000;
const document = fc.record({ index: fc.nat(), line: fc.nat(), object: fc.dictionary(fc.string(), fc.string({ maxLength: 200 }), { maxKeys: 3 }), findings: fc.constant([]) });
const file = fc.record({ path: fc.string({ maxLength: 60 }), blob: fc.constant('b'.repeat(40)), part: fc.constant(1), parts: fc.constant(1), findings: fc.constant([]), documents: fc.array(document, { maxLength: 12 }) });

describe('chunkFiles', () => {
  it('keeps every chunk within the limit and loses nothing', () => {
    fc.assert(fc.property(fc.array(file, { maxLength: 12 }), (generated) => {
      const files = generated.map((each, index) => ({ ...each, path: `${index}-${each.path}` })) as unknown as SourceFile[];
      const chunks = chunkFiles(files, LIMIT);
      expect(chunks.length).toBeGreaterThan(0);
      for (const chunk of chunks) expect(Buffer.byteLength(JSON.stringify(chunk))).toBeLessThanOrEqual(LIMIT);
      const joined = new Map<string, SourceFile>();
      for (const part of chunks.flat()) {
        const before = joined.get(part.path);
        expect(part.part).toBe((before?.part ?? 0) + 1);
        joined.set(part.path, before ? { ...part, documents: [...before.documents, ...part.documents] } : part);
      }
      for (const whole of joined.values()) expect(whole.part).toBe(whole.parts);
      expect([...joined.values()].map((each) => ({ ...each, part: 1, parts: 1 }))).toEqual(files);
    }));
  });

  it('makes one empty chunk of no files', () => {
    expect(chunkFiles([])).toEqual([[]]);
  });
});
