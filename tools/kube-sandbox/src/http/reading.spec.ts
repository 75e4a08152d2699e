import { describe, expect, it } from 'vitest';
import { duplicateFields } from './duplicate-fields.ts';
import { firstAtPath } from './json-path.ts';
import { decodeProtobuf } from './protobuf.ts';
import { negotiate } from './representation.ts';
import { parseRequest } from './request-info.ts';
import { ageOf } from './table.ts';

describe('duplicateFields', () => {
  it('names members that come twice', () => {
    expect(duplicateFields('{"a":1,"b":{"c":1,"c":2},"a":"x"}')).toEqual(['b.c', 'a']);
    expect(duplicateFields('{"l":[{"x":1},{"x":1,"y":"}{","x":2}]}')).toEqual(['l[1].x']);
    expect(duplicateFields('{"a":{"x":1},"b":{"x":"\\"x\\":"}}')).toEqual([]);
  });
});

describe('firstAtPath', () => {
  const object = { metadata: { labels: { 'a.b/c': 'x' } }, list: [{ type: 'A', status: '1' }, { type: 'B', status: '2' }] };

  it.each([
    ['.metadata.labels.a\\.b/c', 'x'],
    [".metadata.labels['a.b/c']", 'x'],
    ['.list[1].status', '2'],
    ['.list[?(@.type=="B")].status', '2'],
    ['.list[*].status', '1'],
    ['.none.at.all', undefined],
  ])('follows %s', (path, value) => {
    expect(firstAtPath(object, path)).toBe(value);
  });
});

describe('parseRequest', () => {
  const parse = (method: string, path: string, query = '') => {
    const { isResource, verb, group, version, namespace, resource, subresource, name } = parseRequest(method, path, new URLSearchParams(query));
    return isResource ? [verb, group, version, namespace, resource, subresource, name].join('|') : `path|${verb}`;
  };

  it.each([
    ['GET', '/apis/g.io/v1/namespaces/ns/things/one/status', '', 'get|g.io|v1|ns|things|status|one'],
    ['GET', '/apis/g.io/v1/things', 'watch=true', 'watch|g.io|v1||things||'],
    ['GET', '/apis/g.io/v1/watch/namespaces/ns/things', '', 'watch|g.io|v1|ns|things||'],
    ['DELETE', '/api/v1/namespaces/ns/configmaps', '', 'deletecollection||v1|ns|configmaps||'],
    ['GET', '/api/v1/namespaces/ns', '', 'get||v1|ns|namespaces||ns'],
    ['PUT', '/api/v1/namespaces/ns/finalize', '', 'update||v1|ns|namespaces|finalize|ns'],
    ['GET', '/apis/g.io/v1', '', 'path|get'],
    ['GET', '/version', '', 'path|get'],
  ])('reads %s %s %s', (method, path, query, expected) => {
    expect(parse(method, path, query)).toBe(expected);
  });
});

describe('negotiate', () => {
  it('takes the first form that it has', () => {
    expect(negotiate('application/json;as=Table;v=v1;g=meta.k8s.io,application/json', null)).toMatchObject({ as: 'table', mime: 'json' });
    expect(negotiate('application/vnd.kubernetes.protobuf,application/json', null)).toMatchObject({ as: 'object', mime: 'json' });
    expect(negotiate('application/yaml', null)).toMatchObject({ mime: 'yaml' });
    expect(() => negotiate('application/xml', null)).toThrow('only the following media types are accepted');
  });
});

describe('ageOf', () => {
  it.each([
    [5, '5s'],
    [119, '119s'],
    [150, '2m30s'],
    [3 * 3600, '3h'],
    [2 * 86400 + 3 * 3600, '2d3h'],
    [40 * 86400, '40d'],
  ])('prints %i seconds as %s', (seconds, text) => {
    expect(ageOf('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:00Z') + seconds * 1000)).toBe(text);
  });
});

describe('decodeProtobuf', () => {
  const field = (number: number, content: Buffer | string) => {
    const bytes = Buffer.from(content);
    return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
  };

  it('reads a config map with its metadata and data', () => {
    const metadata = field(1, Buffer.concat([field(1, 'settings'), field(3, 'ns'), field(11, Buffer.concat([field(1, 'app'), field(2, 'x')]))]));
    const data = field(2, Buffer.concat([field(1, 'key'), field(2, 'value')]));
    const type = field(1, Buffer.concat([field(1, 'v1'), field(2, 'ConfigMap')]));
    const body = Buffer.concat([Buffer.from('k8s\0'), type, field(2, Buffer.concat([metadata, data]))]);
    expect(decodeProtobuf(body)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'ns', labels: { app: 'x' } },
      data: { key: 'value' },
    });
  });

  it('leaves other kinds and other bytes alone', () => {
    const type = field(1, Buffer.concat([field(1, 'v1'), field(2, 'Pod')]));
    expect(decodeProtobuf(Buffer.concat([Buffer.from('k8s\0'), type]))).toBeUndefined();
    expect(decodeProtobuf(Buffer.from('{}'))).toBeUndefined();
  });
});
