import { tellBriefly } from './told-lines.js';

describe('tellBriefly', () => {
  it('says five webhooks a second and that there are more', () => {
    const lines: string[] = [];
    let now = 0;
    const tell = tellBriefly(
      (line) => lines.push(line),
      () => now,
    );
    const webhook = {
      seq: 1,
      name: 'a',
      receivedAt: '',
      headers: {},
      body: Buffer.from('{}'),
      attempt: 2,
      signatureValid: true,
      answered: 200,
    };
    for (let n = 0; n < 9; n++) tell(webhook);
    expect([lines.length, lines[5]]).toEqual([6, '… and more']);
    now = 1000;
    tell({ ...webhook, signatureValid: false, attempt: null });
    expect(lines.at(-1)).toBe('received at /in/a: 2 bytes, signature NOT valid, answered 200');
  });
});
