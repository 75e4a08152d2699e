import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kube-object.ts';
import { fieldPredicate, labelPredicate, labelSelectorMatches } from './selectors.ts';

const object = (labels: { [key: string]: string }): KubeObject => ({ apiVersion: 'v1', kind: 'K', metadata: { name: 'n', namespace: 'ns', labels } });

describe('labelPredicate', () => {
  it.each<[string, { [key: string]: string }, boolean]>([
    ['a=1', { a: '1' }, true],
    ['a==1,b!=2', { a: '1', b: '2' }, false],
    ['a!=1', {}, true],
    ['a in (1, 2)', { a: '2' }, true],
    ['a notin (1,2),a', { a: '3' }, true],
    ['a notin (1,2),a', {}, false],
    ['!a', { b: '1' }, true],
    ['x.y/z=1', { 'x.y/z': '1' }, true],
  ])('reads %s', (selector, labels, expected) => {
    expect(labelPredicate(selector)(object(labels))).toBe(expected);
  });

  it('refuses what it cannot read', () => {
    expect(() => labelPredicate('a in (')).toThrow('unable to parse requirement');
  });
});

describe('fieldPredicate', () => {
  it('compares names and namespaces', () => {
    expect(fieldPredicate('metadata.name=n,metadata.namespace!=other').matches(object({}))).toBe(true);
    expect(fieldPredicate('metadata.name=m').matches(object({}))).toBe(false);
  });

  it('refuses fields that cannot be selected', () => {
    expect(() => fieldPredicate('spec.size=1')).toThrow('field label not supported: spec.size');
    expect(fieldPredicate('kind=K', ['kind']).matches(object({}))).toBe(true);
  });
});

describe('labelSelectorMatches', () => {
  it('matches all when it is empty', () => {
    expect(labelSelectorMatches({}, undefined)).toBe(true);
  });

  it('needs all labels and expressions', () => {
    const selector = { matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'NotIn', values: ['2'] }] };
    expect(labelSelectorMatches(selector, { a: '1' })).toBe(true);
    expect(labelSelectorMatches(selector, { a: '1', b: '2' })).toBe(false);
  });
});
