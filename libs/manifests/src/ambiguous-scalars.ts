import { isPair, isScalar, visit, type Document, type Node, type Pair, type Scalar } from 'yaml';

/** A scalar that YAML 1.2 and the YAML 1.1 readers of Kubernetes' tools read differently, or that JSON cannot hold. */
export interface AmbiguousScalar {
  field: string;
  source: string;
  offset: number;
  reason: string;
}

/** What YAML 1.1 takes for true or false, and YAML 1.2 for text. */
const WORD = /^(y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/;
const LEADING_ZERO = /^[-+]?0\d+(\.\d*)?$/;
const UNDERSCORE_NUMBER = /^[-+]?(0[xob])?[\da-fA-F][\da-fA-F_]*(\.[\d_]*)?$/;
const OTHER_BASE = /^[-+]?0[ob][0-7]+$/;

/** Finds them in a document, at most `limit`; keys as well as values. */
export function ambiguousScalars(document: Document, limit: number): AmbiguousScalar[] {
  const found: AmbiguousScalar[] = [];
  visit(document, {
    Scalar(_key, node, ancestors) {
      const reason = ambiguity(node);
      if (reason === null) return undefined;
      found.push({ field: fieldOf(ancestors as readonly (Document | Node | Pair)[], node), source: node.source ?? '', offset: node.range?.[0] ?? 0, reason });
      return found.length >= limit ? visit.BREAK : undefined;
    },
  });
  return found;
}

function ambiguity(node: Scalar): string | null {
  if (typeof node.value === 'number' && !Number.isFinite(node.value)) return 'JSON has no such number';
  if (typeof node.value === 'number' && Number.isInteger(node.value) && !Number.isSafeInteger(node.value)) return 'the number is too large to be kept exactly';
  if (node.type !== 'PLAIN' || node.source === undefined) return null;
  const { source } = node;
  if (WORD.test(source)) return 'YAML 1.1 reads it as true or false';
  if (LEADING_ZERO.test(source)) return 'YAML 1.1 reads a number with a leading zero as octal';
  if (source.includes('_') && UNDERSCORE_NUMBER.test(source) && /\d/.test(source) && isYaml11Number(source)) return 'YAML 1.1 reads it as a number';
  return OTHER_BASE.test(source) ? 'YAML versions differ about numbers of this base' : null;
}

function isYaml11Number(source: string): boolean {
  const plain = source.replaceAll('_', '').replace(/^[-+]/, '');
  return plain !== '' && Number.isFinite(Number(plain));
}

function fieldOf(ancestors: readonly (Document | Node | Pair)[], node: Scalar): string {
  const names: string[] = [];
  ancestors.forEach((ancestor, depth) => {
    const child = ancestors[depth + 1] ?? node;
    if (isPair(ancestor)) names.push(isScalar(ancestor.key) ? String(ancestor.key.value) : '?');
    else if ('items' in ancestor && !isPair(child)) names.push(String((ancestor.items as unknown[]).indexOf(child)));
  });
  return names.join('.');
}
