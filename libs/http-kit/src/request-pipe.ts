import { Injectable } from '@nestjs/common';
import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { readBody, readQuery } from './read-request.js';

/** Turns bodies and queries into their DTOs, by the parameter's own type. */
@Injectable()
export class RequestPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (metatype === undefined || metatype === Object || metatype === String) return value;
    if (type === 'body') return readBody(metatype as new () => object, value);
    return type === 'query' ? readQuery(metatype as new () => object, value) : value;
  }
}
