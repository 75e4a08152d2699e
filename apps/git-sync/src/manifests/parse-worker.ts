import { parentPort } from 'node:worker_threads';
import { type FileText, readFile, type ReadLimits } from '@heddle/manifests';

/** Parses what it is given, so that large texts do not hold up the service's event loop. Imports no framework. */
parentPort!.on('message', ({ id, files, limits }: { id: number; files: FileText[]; limits: ReadLimits }) => {
  parentPort!.postMessage({ id, readings: files.map((file) => readFile(file, limits)) });
});
parentPort!.postMessage('loaded');
