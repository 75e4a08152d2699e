import type { Finding } from '@heddle/contracts';

/** Rules that git-sync checks: whether a document can be read, and read alike by everybody. */
export type SourceRule =
  | 'yaml-syntax' | 'duplicate-key' | 'ambiguous-scalar' | 'too-many-aliases' | 'document-too-large' | 'not-an-object'
  | 'missing-api-version' | 'missing-kind' | 'missing-name' | 'list-kind' | 'unknown-tag'
  | 'symlink' | 'submodule' | 'lfs-pointer' | 'not-utf-8' | 'file-too-large' | 'too-many-documents' | 'path-too-deep'
  | 'path-not-utf-8' | 'parse-timeout' | 'kustomization' | 'unstorable-text' | 'too-deep' | 'reserved-key';

const REMEDIES: Record<SourceRule, string> = {
  'yaml-syntax': 'Correct the YAML at this line.',
  'duplicate-key': 'Keep one of the two keys.',
  'ambiguous-scalar': 'Put the value into quotes if it is text, or write it in a form that every YAML version reads alike.',
  'too-many-aliases': 'Write the repeated parts out instead of using aliases.',
  'document-too-large': 'Make the object smaller.',
  'not-an-object': 'Write an object with apiVersion, kind and metadata.name.',
  'missing-api-version': 'Add apiVersion, e.g. vpc.githedgehog.com/v1beta1.',
  'missing-kind': 'Add kind.',
  'missing-name': 'Add metadata.name.',
  'list-kind': 'Write the items as documents of their own, separated by ---.',
  'unknown-tag': 'Remove the tag.',
  symlink: 'Put the file itself into the directory; Heddle follows no symbolic links.',
  submodule: 'Put the files themselves into the directory; Heddle reads no submodules.',
  'lfs-pointer': 'Store the file in Git itself, not in Git LFS.',
  'not-utf-8': 'Save the file as UTF-8.',
  'file-too-large': 'Split the file.',
  'too-many-documents': 'Split the file.',
  'path-too-deep': 'Move the file to a directory nearer to the top.',
  'path-not-utf-8': 'Rename the file so that its name is UTF-8.',
  'unstorable-text': 'Remove the NUL character or the half surrogate pair.',
  'too-deep': 'Write the object flatter; no kind of Hedgehog is nested so deep.',
  'reserved-key': 'Rename the key.',
  'parse-timeout': 'Split the file, or make its documents simpler.',
  kustomization: 'Commit the rendered manifests; Heddle does not run kustomize.',
};

/** Makes a finding of a source rule, with its remedy. */
export function sourceFinding(rule: SourceRule, message: string, where: Pick<Finding, 'path' | 'document' | 'line' | 'field' | 'kind' | 'name'>): Finding {
  // A warning does not hold: what a kustomization file would change is shown, the manifests beside it are still read.
  return { rule, severity: rule === 'kustomization' ? 'warning' : 'error', message, remedy: REMEDIES[rule], ...where };
}
