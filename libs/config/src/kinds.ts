import { isBoolean, isIn, isInt, isIP, isPort, matches, max, min } from 'class-validator';
import type { Kind } from './variable.js';
import { Unfit } from './variable.js';

const WHOLE_NUMBER = /^(0|[1-9][0-9]{0,15})$/;

/** A whole number, bounds included. */
export function integer(least: number, most: number): Kind<number> {
  return {
    type: 'integer',
    read(text) {
      const value = matches(text, WHOLE_NUMBER) ? Number(text) : NaN;
      if (isInt(value) && min(value, least) && max(value, most)) return value;
      throw new Unfit(`a whole number from ${String(least)} to ${String(most)}`);
    },
  };
}

/** A TCP port; 0 = any free one. */
export const port: Kind<number> = {
  type: 'port',
  read(text) {
    if (matches(text, WHOLE_NUMBER) && isPort(text)) return Number(text);
    throw new Unfit('a port from 0 to 65535');
  },
};

export const flag: Kind<boolean> = {
  type: 'true or false',
  read(text) {
    const value = { true: true, false: false }[text];
    if (isBoolean(value)) return value;
    throw new Unfit('true or false');
  },
};

export function oneOf<Choice extends string>(...choices: readonly Choice[]): Kind<Choice> {
  return {
    type: choices.join(', '),
    read(text) {
      if (isIn(text, choices)) return text as Choice;
      throw new Unfit(`one of ${choices.join(', ')}`);
    },
  };
}

export function text(pattern: RegExp, must: string): Kind<string> {
  return {
    type: 'text',
    read(given) {
      if (matches(given, pattern)) return given;
      throw new Unfit(must);
    },
  };
}

/** An address of one of the schemes (`postgres:`), kept as it was written. */
export function url(...schemes: readonly string[]): Kind<string> {
  const must = `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`;
  return {
    type: 'url',
    read(given) {
      const parsed = URL.canParse(given) ? new URL(given) : null;
      if (parsed && isIn(parsed.protocol, schemes) && (parsed.host !== '' || parsed.searchParams.has('host')))
        return given;
      throw new Unfit(must);
    },
  };
}

/** An IP address or the name of a network interface's address, as servers listen on it. */
export const host: Kind<string> = {
  type: 'address',
  read(given) {
    if (isIP(given) || given === 'localhost') return given;
    throw new Unfit('an IP address such as 127.0.0.1 or 0.0.0.0, or localhost');
  },
};

/** The same kind, where nothing is a value too. */
export function optional<Value>(kind: Kind<Value>): Kind<Value | null> {
  return kind;
}
