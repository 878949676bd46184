import { TlsSessions } from './tls-sessions.js';

describe('TLS sessions', () => {
  it('are found by their host, the latest one', () => {
    const sessions = new TlsSessions();
    sessions.keep('a:443', Buffer.from('1'));
    sessions.keep('a:443', Buffer.from('2'));
    expect(sessions.find('a:443')).toEqual(Buffer.from('2'));
    expect(sessions.find('b:443')).toBeUndefined();
  });

  it('are dropped beyond 5,000, the least recently used first', () => {
    const sessions = new TlsSessions();
    for (let i = 0; i < 5000; i++) sessions.keep(String(i), Buffer.from('x'));
    sessions.find('0');
    sessions.keep('5000', Buffer.from('x'));
    expect(sessions.find('0')).toBeDefined();
    expect(sessions.find('1')).toBeUndefined();
    expect(sessions.find('2')).toBeDefined();
  });
});
