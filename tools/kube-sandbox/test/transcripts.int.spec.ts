import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonValue } from '../src/kube-object.ts';
import { EXEMPTIONS } from './transcripts/exemptions.ts';
import { Replay } from './transcripts/replay.ts';
import { readTranscripts, transcriptFolder, withinReach } from './transcripts/transcript.ts';

const folder = transcriptFolder();
const transcripts = folder === undefined ? [] : readTranscripts(folder);

function postedCrds(file: string): JsonValue[] {
  const exchanges = transcripts.find((one) => one.file === file)?.exchanges ?? [];
  const bodies = exchanges.filter(({ response }) => response.status === 201).map(({ request }) => request.body ?? null);
  return bodies.filter((body) => isJsonObject(body) && body.kind === 'CustomResourceDefinition').map(withinReach);
}

if (folder === undefined) {
  it('finds no recordings to replay here', () => {
    process.stdout.write('transcripts: none; HEDDLE_FIELD_DATA can name the folder that holds kube-transcripts\n');
    expect(transcripts).toEqual([]);
  });
} else {
  describe('transcripts of a real kube-apiserver', replayAll);
}

function replayAll(): void {
  const [widget = null] = postedCrds('02-crd');
  const hedgehog = postedCrds('02b-crd-hedgehog');
  let compared = 0;
  let exempted = 0;

  // Each has a stand-in of its own, and some wait as long as was recorded; one depends on being in time, and runs alone.
  for (const transcript of transcripts) {
    const runs = transcript.file.startsWith('12b') ? it : it.concurrent;
    runs(`${transcript.file}: answers as recorded`, { timeout: 60_000 }, async () => {
      const { results } = await Replay.run(transcript, widget, hedgehog);
      const unexpected = results.filter(({ id, differences }) => differences.length > 0 && EXEMPTIONS[id] === undefined);
      const needless = results.filter(({ id, differences }) => differences.length === 0 && EXEMPTIONS[id] !== undefined);
      compared += results.filter(({ id }) => EXEMPTIONS[id] === undefined).length;
      exempted += results.filter(({ id }) => EXEMPTIONS[id] !== undefined).length;
      expect(unexpected).toEqual([]);
      expect(needless.map(({ id }) => `${id} no longer differs`)).toEqual([]);
    });
  }

  it('compares nearly all exchanges', () => {
    process.stdout.write(`transcripts: ${compared} exchanges compared, ${exempted} exempted\n`);
    expect(compared).toBeGreaterThan(300);
  });
}
