import { Injectable } from '@nestjs/common';
import type { FieldError } from '#core';
import { escapePointer, invalidRequest } from '#http-kit';
import type { EndpointEntity } from '#persistence';
import { SecretBox } from '#signing';
import { customHeaders, HIDDEN } from '../rules/custom-headers.js';

type Sealed = Pick<EndpointEntity, 'headersSealed' | 'headerNames'>;
type Given = Record<string, string | null> | null | undefined;

/** Custom headers often carry credentials: they are encrypted as one object; only their names can be read. */
@Injectable()
export class EndpointHeaders {
  constructor(private readonly box: SecretBox) {}

  /** Replaces all headers. A value `***` keeps what `current` has under that name, so that what was read can be written back. */
  replace(endpointId: string, given: Given, current: Sealed): Sealed {
    return this.seal(endpointId, this.resolve(given ?? {}, this.open(endpointId, current)));
  }

  /** Merges: absent leaves all, null removes all, a member that is null removes that header. */
  patch(endpointId: string, given: Given, current: Sealed): Sealed {
    if (given === undefined) return { headersSealed: current.headersSealed, headerNames: current.headerNames };
    if (given === null) return this.seal(endpointId, {});
    const before = this.open(endpointId, current);
    const removed = new Set(
      Object.entries(given).flatMap(([name, value]) => (value === null ? [name.toLowerCase()] : [])),
    );
    const kept = Object.fromEntries(Object.entries(before).filter(([name]) => !removed.has(name)));
    const merged = { ...kept, ...this.resolve(given, before) };
    customHeaders(merged, (pointer, code, detail) => {
      throw invalidRequest([{ pointer: `/headers${pointer}`, code, detail }]);
    });
    return this.seal(endpointId, merged);
  }

  private resolve(given: Record<string, string | null>, before: Record<string, string>): Record<string, string> {
    const errors: FieldError[] = [];
    const resolved: [string, string][] = [];
    for (const [name, value] of Object.entries(given)) {
      const lower = name.toLowerCase();
      const text = value === HIDDEN ? before[lower] : value;
      if (text === undefined)
        errors.push({
          pointer: `/headers/${escapePointer(name)}`,
          code: 'invalid_value',
          detail: 'there is no value yet that *** could keep',
        });
      else if (text !== null) resolved.push([lower, text]);
    }
    if (errors.length > 0) throw invalidRequest(errors);
    return Object.fromEntries(resolved);
  }

  private open(endpointId: string, { headersSealed }: Sealed): Record<string, string> {
    return headersSealed === null
      ? {}
      : (JSON.parse(this.box.open(headersSealed, endpointId).toString()) as Record<string, string>);
  }

  private seal(endpointId: string, headers: Record<string, string>): Sealed {
    const headerNames = Object.keys(headers);
    if (headerNames.length === 0) return { headersSealed: null, headerNames };
    return { headersSealed: this.box.seal(Buffer.from(JSON.stringify(headers)), endpointId), headerNames };
  }
}
