import type { AttemptErrorClass } from '#core';

type Classes = Readonly<Record<string, AttemptErrorClass>>;

/** The step of connecting at which an error came. */
export type ConnectStep = 'dns' | 'tcp' | 'tls';

const DNS: Classes = {
  ENOTFOUND: 'dns_not_found',
  ENODATA: 'dns_not_found',
  EAI_NONAME: 'dns_not_found',
  EAI_NODATA: 'dns_not_found',
  ETIMEOUT: 'dns_timeout',
  ETIMEDOUT: 'dns_timeout',
};

const TCP: Classes = {
  ECONNREFUSED: 'connect_refused',
  ECONNRESET: 'connect_reset',
  EPIPE: 'connect_reset',
  ETIMEDOUT: 'connect_timeout',
  EHOSTUNREACH: 'connect_unreachable',
  ENETUNREACH: 'connect_unreachable',
  EHOSTDOWN: 'connect_unreachable',
  ENETDOWN: 'connect_unreachable',
  EADDRNOTAVAIL: 'connect_unreachable',
};

// Node's names for OpenSSL's verification results, and for its protocol errors.
const TLS: Classes = {
  CERT_HAS_EXPIRED: 'tls_expired',
  CERT_NOT_YET_VALID: 'tls_expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_self_signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_self_signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls_wrong_host',
  HOSTNAME_MISMATCH: 'tls_wrong_host',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'tls_untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_untrusted',
  CERT_UNTRUSTED: 'tls_untrusted',
  CERT_REJECTED: 'tls_untrusted',
  CERT_REVOKED: 'tls_untrusted',
  CERT_SIGNATURE_FAILURE: 'tls_untrusted',
  CERT_CHAIN_TOO_LONG: 'tls_untrusted',
  INVALID_CA: 'tls_untrusted',
  INVALID_PURPOSE: 'tls_untrusted',
  PATH_LENGTH_EXCEEDED: 'tls_untrusted',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'tls_version',
  ERR_SSL_VERSION_TOO_LOW: 'tls_version',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'tls_version',
  ECONNRESET: 'connect_reset',
  EPIPE: 'connect_reset',
  ETIMEDOUT: 'connect_timeout',
};

const EXCHANGE: Classes = {
  ECONNRESET: 'protocol_reset',
  EPIPE: 'protocol_reset',
  ETIMEDOUT: 'response_timeout', // the kernel gave up on the connection
  UND_ERR_HEADERS_OVERFLOW: 'protocol_headers_too_large',
};

/** An error before the connection stood: nothing of the request was sent. */
export function classifyConnectError(error: Error, step: ConnectStep): AttemptErrorClass {
  const code = codeOf(error);
  if (step === 'dns') return DNS[code] ?? 'dns_failed';
  if (step === 'tls') return TLS[code] ?? 'tls_failed';
  return TCP[code] ?? 'connect_failed';
}

/** An error on a connection that stood: the receiver may have seen the request. */
export function classifyExchangeError(error: Error): AttemptErrorClass {
  const code = codeOf(error);
  const known = EXCHANGE[code];
  if (known !== undefined) return known;
  // undici has one code for a connection that ended and for answers it cannot take (a 100 or 101 nobody asked for).
  if (code === 'UND_ERR_SOCKET') return error.message.startsWith('bad ') ? 'protocol_error' : 'protocol_closed';
  return 'protocol_error';
}

/** Whether a connection failed, rather than we: undici refuses to build a request whose headers are not valid. */
export function isSocketError(error: Error): boolean {
  const code = codeOf(error);
  return code === 'UND_ERR_SOCKET' || code in TCP;
}

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : '';
}
