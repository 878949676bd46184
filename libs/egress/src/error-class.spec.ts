import { classifyConnectError, classifyExchangeError, isSocketError, type ConnectStep } from './error-class.js';

const failed = (code: string, message = ''): Error => Object.assign(new Error(message), { code });

describe('the class of an error', () => {
  it.each<[ConnectStep, string, string]>([
    ['dns', 'ENOTFOUND', 'dns_not_found'],
    ['dns', 'ENODATA', 'dns_not_found'],
    ['dns', 'ETIMEOUT', 'dns_timeout'],
    ['dns', 'EAI_AGAIN', 'dns_failed'],
    ['dns', 'ESERVFAIL', 'dns_failed'],
    ['dns', '', 'dns_failed'],
    ['tcp', 'ECONNREFUSED', 'connect_refused'],
    ['tcp', 'ECONNRESET', 'connect_reset'],
    ['tcp', 'ETIMEDOUT', 'connect_timeout'],
    ['tcp', 'EHOSTUNREACH', 'connect_unreachable'],
    ['tcp', 'ENETUNREACH', 'connect_unreachable'],
    ['tcp', 'EMFILE', 'connect_failed'],
    ['tls', 'CERT_HAS_EXPIRED', 'tls_expired'],
    ['tls', 'CERT_NOT_YET_VALID', 'tls_expired'],
    ['tls', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_self_signed'],
    ['tls', 'SELF_SIGNED_CERT_IN_CHAIN', 'tls_self_signed'],
    ['tls', 'ERR_TLS_CERT_ALTNAME_INVALID', 'tls_wrong_host'],
    ['tls', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_untrusted'],
    ['tls', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls_version'],
    ['tls', 'ERR_SSL_UNSUPPORTED_PROTOCOL', 'tls_version'],
    ['tls', 'ERR_SSL_WRONG_VERSION_NUMBER', 'tls_failed'],
    ['tls', 'ECONNRESET', 'connect_reset'],
  ])('while connecting (%s), %s → %s', (step, code, errorClass) => {
    expect(classifyConnectError(failed(code), step)).toBe(errorClass);
  });

  it.each([
    ['ECONNRESET', '', 'protocol_reset'],
    ['EPIPE', '', 'protocol_reset'],
    ['ETIMEDOUT', '', 'response_timeout'],
    ['UND_ERR_SOCKET', 'other side closed', 'protocol_closed'],
    ['UND_ERR_SOCKET', 'bad upgrade', 'protocol_error'],
    ['UND_ERR_SOCKET', 'bad response', 'protocol_error'],
    ['UND_ERR_HEADERS_OVERFLOW', '', 'protocol_headers_too_large'],
    ['HPE_INVALID_CONSTANT', '', 'protocol_error'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', '', 'protocol_error'],
    ['', '', 'protocol_error'],
  ])('once the request was sent, %s %s → %s', (code, message, errorClass) => {
    expect(classifyExchangeError(failed(code, message))).toBe(errorClass);
  });

  it('tells a failed connection from a request that cannot be built', () => {
    expect(isSocketError(failed('ECONNRESET'))).toBe(true);
    expect(isSocketError(failed('UND_ERR_SOCKET'))).toBe(true);
    expect(isSocketError(failed('UND_ERR_INVALID_ARG'))).toBe(false);
    expect(isSocketError(new Error('any'))).toBe(false);
  });
});
