import { type Release, RELEASES } from '@heddle/contracts';
import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import type { Format } from '../output/printer.ts';
import { checkDirectory } from '../validate/check-directory.ts';
import { fieldLocator } from '../validate/field-locator.ts';
import { type DirectoryReading, readDirectory } from '../validate/read-directory.ts';
import { renderJunit } from '../validate/render-junit.ts';
import { renderSarif } from '../validate/render-sarif.ts';
import { findingsOf, renderJson, renderText, type Report } from '../validate/report.ts';
import type { Surroundings } from './session.ts';

interface Options { strict?: true; release?: Release; ignore: string[] }

/** `heddle validate`: without any server, with the rules that the server has. */
export function addValidateCommand(program: Command, around: Surroundings): void {
  program.command('validate <directory>')
    .description('check manifests offline by the rules of the server; prints table, json, yaml, sarif or junit (-o)\nexit code 0: clean, 1: errors (--strict: or warnings), 2: nothing could be checked')
    .option('--strict', 'warnings count like errors')
    .addOption(new Option('--release <release>', 'what the fabric runs; default: fields of all releases are taken').choices([...RELEASES]))
    .option('--ignore <rule>', 'leave out findings of this rule; can be repeated', (rule: string, before: string[]) => [...before, rule], [])
    .action(async (directory: string, { strict, release, ignore }: Options, command: Command) => {
      const { output } = command.optsWithGlobals<{ output: Format | 'text' }>();
      if (output === 'markdown') throw new Error('Findings can\'t be printed as Markdown; take text, json, yaml, sarif or junit.');
      const report = reportOf(directory, await readDirectory(directory), new Set(ignore), release);
      around.out.write(`${render(report, output, strict === true)}\n`);
      if (findingsOf(report).some(({ severity }) => strict || severity === 'error')) around.exit(1);
    });
}

function reportOf(directory: string, { files, texts }: DirectoryReading, ignored: ReadonlySet<string>, release?: Release): Report {
  const locators = new Map([...texts].map(([path, text]) => [path, fieldLocator(text)]));
  const documents = checkDirectory(files, release).map(({ path, index, line, kind, name, findings }) => ({
    path, line, kind, name,
    findings: findings.filter(({ rule }) => !ignored.has(rule)).map((finding) => {
      const found = finding.field === undefined ? undefined : locators.get(path)?.(index, finding.field);
      // A line other than that of its document is exact already.
      const at = finding.line !== undefined && finding.line !== line ? finding.line : found?.line ?? line;
      return { ...finding, path, line: at, column: found?.line === at ? found.column : 1 };
    }),
  }));
  return { directory, files: files.length, documents };
}

function render(report: Report, format: Exclude<Format, 'markdown'> | 'text', strict: boolean): string {
  switch (format) {
    case 'text':
    case 'table': return renderText(report);
    case 'json': return renderJson(report);
    case 'yaml': return stringify(JSON.parse(renderJson(report))).trimEnd();
    case 'sarif': return renderSarif(report);
    case 'junit': return renderJunit(report, strict);
  }
}
