import { childLine } from './child-line.js';

describe('childLine', () => {
  it('shows a log line with its details and without its frame', () => {
    const line =
      '{"level":"warn","time":"t","pid":1,"app":"api","lane":"ep_1","err":{"message":"no","stack":"…"},"msg":"queue away"}';
    expect(childLine('api', line)).toBe('api warn: queue away (lane=ep_1, err=no)');
  });

  it('does not say an error twice', () => {
    expect(childLine('api', '{"level":"error","err":{"message":"gone"},"msg":"gone"}')).toBe('api error: gone');
  });

  it.each(['a plain sentence', '{"not":"a log line"}', '{broken'])('shows %s as it came', (line) => {
    expect(childLine('api', line)).toBe(`api: ${line}`);
  });
});
