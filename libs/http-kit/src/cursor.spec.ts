import { ProblemError } from '#core';
import { decodeCursor, encodeCursor } from './cursor.js';

const position = '019aafc0-0000-7000-8000-000000000001';
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
  return 'none';
};

describe('a cursor', () => {
  it('gives back its position to the same filters, in whatever order they are named', () => {
    const cursor = encodeCursor(position, { type: 'a.b', order: 'desc' });
    expect(decodeCursor(cursor, { order: 'desc', type: 'a.b', state: undefined })).toBe(position);
  });

  it('is refused with other filters', () => {
    const cursor = encodeCursor(position, { order: 'desc' });
    expect(codeOf(() => decodeCursor(cursor, { order: 'asc' }))).toBe('cursor_mismatch');
    expect(codeOf(() => decodeCursor(cursor, { order: 'desc', type: 'a' }))).toBe('cursor_mismatch');
  });

  it.each([
    '',
    'abc',
    '!!!!',
    '%00',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    encodeCursor(position, {}) + '=',
    encodeCursor(position, {}).slice(1),
  ])('is refused as rubbish: %j', (text) => {
    expect(codeOf(() => decodeCursor(text, {}))).toBe('cursor_invalid');
  });
});
