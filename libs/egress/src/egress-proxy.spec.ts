import { ConnectFailure, ProxyFailure } from './connect-failure.js';
import { judgeProxyAnswer } from './egress-proxy.js';

describe("the proxy's answer to CONNECT", () => {
  it.each([200, 201, 299])('%i opens the tunnel', (status) => {
    expect(judgeProxyAnswer(status, {})).toBeNull();
  });

  it.each([
    [502, {}, 'connect_failed'],
    [504, {}, 'connect_timeout'],
    [503, { 'x-squid-error': 'ERR_CONNECT_FAIL 111' }, 'connect_failed'],
  ])('%i %j speaks of the receiver: %s', (status, headers, errorClass) => {
    const failure = judgeProxyAnswer(status, headers);
    expect(failure).toBeInstanceOf(ConnectFailure);
    expect(failure).toMatchObject({ errorClass });
  });

  it.each([
    [302, {}],
    [400, {}],
    [403, {}],
    [407, {}],
    [500, {}],
    [503, {}],
    [503, { 'x-squid-error': 'ERR_ACCESS_DENIED 0' }],
    [0, {}],
  ])('%i %j speaks of the proxy: our own fault', (status, headers) => {
    expect(judgeProxyAnswer(status, headers)).toBeInstanceOf(ProxyFailure);
  });
});
