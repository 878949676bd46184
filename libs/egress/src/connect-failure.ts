import type { AttemptErrorClass } from '#core';

/** Why a connection did not come about. Its `code` is none that undici would take for a reason to try again. */
export class ConnectFailure extends Error {
  readonly code = 'POSTHORN_CONNECT';
  readonly errorClass: AttemptErrorClass;

  constructor(errorClass: AttemptErrorClass, message: string) {
    super(message);
    this.errorClass = errorClass;
  }
}

/** The receiver has as much in flight from us as it may have: no connection was opened, and no attempt made. */
export class TargetFull extends Error {
  readonly code = 'POSTHORN_TARGET';

  constructor() {
    super('enough is in flight to this target');
  }
}

/** The egress proxy did not do its part: our own fault. No attempt was made, and the endpoint has nothing to do with it. */
export class ProxyFailure extends Error {
  readonly code = 'POSTHORN_PROXY';
}

/** Why there is no connection. */
export type ConnectError = ConnectFailure | TargetFull | ProxyFailure;
