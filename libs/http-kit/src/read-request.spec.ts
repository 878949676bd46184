import { IsBoolean, IsDefined, IsInt, IsOptional, IsString, Max, MaxLength } from 'class-validator';
import { ProblemError } from '#core';
import { readBody, readQuery } from './read-request.js';
import { AnyJson, Follows, IfPresent, Nested } from './request-rules.js';

class Inner {
  @IsDefined()
  @IsInt()
  size!: number;
}

class Outer {
  @IsDefined()
  @IsString()
  @MaxLength(3)
  name!: string;

  @IsOptional()
  @IsInt()
  @Max(9)
  count?: number | null;

  @IfPresent()
  @IsBoolean()
  flag?: boolean;

  @IsOptional()
  @Nested(() => Inner)
  inner?: Inner | null;

  @IsOptional()
  @Follows((value, report) => {
    if (value !== 'even') report('/part', 'odd', 'must be even');
  })
  ruled?: string;

  @AnyJson()
  raw?: unknown;
}

function fieldsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ProblemError)
      return (error.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`).sort();
    throw error;
  }
  return [];
}

const wrongIn = (body: string): string[] => fieldsOf(() => readBody(Outer, JSON.parse(body)));

describe('readBody', () => {
  it('gives an instance with exactly what was sent', () => {
    const body = readBody(Outer, { name: 'abc', count: null, inner: { size: 1 } });
    expect(body).toBeInstanceOf(Outer);
    expect(body.inner).toBeInstanceOf(Inner);
    expect(Object.keys(body).sort()).toEqual(['count', 'inner', 'name']);
  });

  it.each([
    ['{"name":"abcd"}', ['/name too_long']],
    ['{}', ['/name required']],
    ['{"name":null}', ['/name required']],
    ['{"name":7}', ['/name invalid_type']],
    ['{"name":"a","count":"7"}', ['/count invalid_type']],
    ['{"name":"a","count":10}', ['/count out_of_range']],
    ['{"name":"a","flag":null}', ['/flag invalid_type']],
    ['{"name":"a","inner":{}}', ['/inner/size required']],
    ['{"name":"a","inner":{"size":1,"x/y":2}}', ['/inner/x~1y unknown_field']],
    ['{"name":"a","inner":[]}', ['/inner invalid_type']],
    ['{"name":"a","ruled":"odd"}', ['/ruled/part odd']],
    [
      '{"name":"a","__proto__":{"name":"b"},"constructor":1,"toString":2}',
      ['/__proto__ unknown_field', '/constructor unknown_field', '/toString unknown_field'],
    ],
    ['{"name":"\\u0000"}', ['/name text_invalid']],
    ['{"name":"\\ud800"}', ['/name text_invalid']],
    ['{"name":"a","raw":{"deep":"\\u0000"}}', []],
    [
      '{"nope":1,"inner":{"size":"x"},"count":1.5}',
      ['/count invalid_type', '/inner/size invalid_type', '/name required', '/nope unknown_field'],
    ],
    ['[]', [' invalid_type']],
    ['"text"', [' invalid_type']],
  ])('reads %s and finds %j wrong', (body, expected) => {
    expect(wrongIn(body)).toEqual(expected);
  });

  it('takes an absent body for an empty one', () => {
    expect(fieldsOf(() => readBody(Outer, undefined))).toEqual(['/name required']);
  });
});

describe('readQuery', () => {
  class Query {
    @IsOptional()
    @IsInt()
    limit?: number;

    @IsOptional()
    @IsString()
    type?: string;
  }

  it('makes numbers of digits where a number is wanted, and only there', () => {
    expect(readQuery(Query, { limit: '7', type: '7' })).toEqual({ limit: 7, type: '7' });
  });

  it.each(['x', '1.5', '', '0x10', '99999999999999999999'])('refuses ?limit=%s', (limit) => {
    expect(fieldsOf(() => readQuery(Query, { limit }))).toEqual(['/limit invalid_type']);
  });

  it('refuses a parameter given twice', () => {
    expect(fieldsOf(() => readQuery(Query, { limit: ['1', '2'], type: ['a', 'b'] }))).toEqual([
      '/limit invalid_type',
      '/type invalid_type',
    ]);
  });
});
