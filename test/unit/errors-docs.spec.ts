import { readFileSync } from 'node:fs';
import { PROBLEMS, type ProblemCode } from '#core';
import { FIELD_CODES, problemStatus } from '#http-kit';

const page = readFileSync('docs/errors.md', 'utf8');
const FIELDS_HEADING = '## Codes of single fields';

/** The rows of the tables in a part of the page: the code without its backticks, then the other cells. */
function rows(part: string): string[][] {
  return part
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1))
    .map(([code, ...cells]) => [code!.trim().slice(1, -1), ...cells.map((cell) => cell.trim())]);
}

const [problems, fields] = page.split(FIELDS_HEADING).map(rows);
const codes = Object.keys(PROBLEMS) as ProblemCode[];

it.each(codes)('documents %s with its status and title', (code) => {
  const row = problems!.find(([documented]) => documented === code);
  expect(row?.slice(1, 3)).toEqual([String(problemStatus(code)), PROBLEMS[code].title]);
});

it('says of every problem what to do about it', () => {
  expect(problems!.filter(([, , , remedy]) => !remedy).map(([code]) => code)).toEqual([]);
});

it('documents no code that does not exist', () => {
  expect(problems!.map(([code]) => code).sort()).toEqual([...codes].sort());
});

it('documents the codes of single fields', () => {
  expect(Object.fromEntries(fields ?? [])).toEqual(FIELD_CODES);
});
