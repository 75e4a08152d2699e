import { afterEach, describe, expect, it } from 'vitest';
import { ManifestParser } from './manifest-parser.ts';
import { DEFAULT_READ_LIMITS } from '@heddle/manifests';

const vpc = (name: string, padding = '') => `apiVersion: v1\nkind: VPC\nmetadata:\n  name: ${name}\nspec:\n  note: "${padding}"\n`;
const file = (path: string, text: string) => ({ path, bytes: Buffer.from(text) });

describe('ManifestParser', () => {
  let parser: ManifestParser;
  afterEach(() => parser.close());

  it('reads large amounts in a worker in order', async () => {
    parser = new ManifestParser(DEFAULT_READ_LIMITS);
    const files = Array.from({ length: 900 }, (_, index) => file(`${index}.yaml`, vpc(`v${index}`, 'x'.repeat(500))));
    const readings = await parser.parse(files);
    expect(readings.map((reading) => reading.path)).toEqual(files.map(({ path }) => path));
    expect(readings.map((reading) => reading.documents[0]?.name)).toEqual(files.map((_, index) => `v${index}`));
  });

  it('holds only the file that takes too long', async () => {
    parser = new ManifestParser({ ...DEFAULT_READ_LIMITS, parseMs: 1_500, fileBytes: 1e9 });
    const slow = `${vpc('x')}  list: [${Array.from({ length: 400_000 }, (_, index) => `{a: ${index}}`).join(', ')}]\n`;
    const readings = await parser.parse([file('good.yaml', vpc('good', 'x'.repeat(20_000))), file('slow.yaml', slow)]);
    expect(readings[0]).toMatchObject({ path: 'good.yaml', findings: [], documents: [{ name: 'good' }] });
    expect(readings[1]).toMatchObject({ path: 'slow.yaml', documents: [], findings: [{ rule: 'parse-timeout' }] });
  }, 20_000);
});
