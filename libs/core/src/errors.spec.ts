import { PROBLEMS, ProblemError, type ProblemCode } from './errors.js';

describe('problems', () => {
  it.each(Object.keys(PROBLEMS))('%s is a stable code with a title that is a sentence', (code) => {
    expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(PROBLEMS[code as ProblemCode].title).toMatch(/^[A-Z].+[^.]$/);
  });

  it('carries what the answer needs', () => {
    const errors = [{ pointer: '/type', code: 'event_type_invalid', detail: 'only letters' }];
    const error = new ProblemError('validation_failed', { detail: '1 field is wrong', errors, retryAfterSeconds: 1 });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      code: 'validation_failed',
      detail: '1 field is wrong',
      errors,
      retryAfterSeconds: 1,
    });
    expect(error.message).toBe('The request is not valid: 1 field is wrong');
  });

  it('needs nothing but a code', () => {
    expect(new ProblemError('not_found').message).toBe('There is no such thing');
  });
});
