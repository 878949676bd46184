import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { PROBLEMS } from '#core';
import type { ProblemCode } from '#core';
import { FIELD_CODES, problemStatus } from '#http-kit';
import type { Answer } from '../api/api.js';
import type { Body } from '../api/body.js';
import type { DocumentedAnswer, OpenApi, Operation, Schema } from './operations.js';

/** What every answer's times look like: RFC 3339 in UTC with milliseconds, nothing else. */
const ANSWERED_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const POINTER = /^(\/([^~]|~[01])*)?$/s;

/** Holds answers against the document that the running API serves. */
export class AnswerJudge {
  // A published 1e400 is a number of JSON, and Infinity once it is parsed here.
  private readonly ajv = new Ajv2020({ strict: true, strictTypes: false, strictNumbers: false, allErrors: true });
  private readonly validators = new Map<Schema, ValidateFunction>();

  constructor(document: OpenApi) {
    for (const keyword of ['example', 'components']) this.ajv.addKeyword({ keyword });
    this.ajv.addFormat('date-time', ANSWERED_TIME);
    this.ajv.addFormat('uri', { validate: (text: string) => URL.canParse(text) });
    this.ajv.addSchema({ $id: 'api', components: closed(document.components) as object });
  }

  /** Everything about the answer that the document does not say. */
  complaintsAbout(answer: Answer, operation: Operation): string[] {
    const documented = operation.responses[String(answer.status)];
    if (documented === undefined) return [`status ${answer.status} is not documented`];
    const complaints = this.bodyComplaints(answer, documented);
    if (answer.status >= 400) complaints.push(...problemComplaints(answer, documented));
    if (answer.headers['x-request-id'] === undefined) complaints.push('there is no x-request-id');
    return complaints;
  }

  private bodyComplaints({ headers, text }: Answer, { content }: DocumentedAnswer): string[] {
    const [entry] = Object.entries(content ?? {});
    if (entry === undefined) return text === '' ? [] : ['the body is not documented'];
    const [type, { schema }] = entry;
    const answered = String(headers['content-type']);
    if (answered !== `${type}; charset=utf-8`) return [`content-type ${answered} is not documented`];
    const validate = this.validatorOf(schema);
    // The text is read again: what the caller of the API gets is what is judged.
    if (validate(JSON.parse(text))) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || 'the body'} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  }

  private validatorOf(schema: Schema): ValidateFunction {
    let validate = this.validators.get(schema);
    if (validate === undefined) {
      const json = JSON.stringify(closed(schema)).replaceAll('"#/components', '"api#/components');
      validate = this.ajv.compile(JSON.parse(json) as object);
      this.validators.set(schema, validate);
    }
    return validate;
  }
}

/** The schema with nothing beyond its properties: a client must bear unknown members, but the API must not answer with undocumented ones. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((one: unknown) => closed(one));
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema).map(([name, member]: [string, unknown]) => [
    name,
    DATA.has(name) ? member : closed(member),
  ]);
  const { properties } = schema as Schema;
  return { ...Object.fromEntries(members), ...(properties === undefined ? {} : { additionalProperties: false }) };
}

/** Members of a schema that are no schemas. */
const DATA = new Set(['example', 'enum', 'default', 'required']);

function problemComplaints({ status, body, headers }: Answer, { description }: DocumentedAnswer): string[] {
  const { code } = body;
  if (!(code in PROBLEMS)) return [`the code ${code} is not documented`];
  const complaints = [
    ...(description.includes(`\`${code}\``)
      ? []
      : [`${code} is not documented for status ${status} of this operation`]),
    ...(problemStatus(code as ProblemCode) === status && body.status === status ? [] : [`${code} came with ${status}`]),
    ...(headers['x-request-id'] === body.requestId ? [] : ['x-request-id is another one']),
  ];
  return [...complaints, ...body.errors.flatMap(fieldComplaints)];
}

function fieldComplaints({ pointer, code }: Body['errors'][number]): string[] {
  return [
    ...(code in PROBLEMS || code in FIELD_CODES ? [] : [`the field code ${code} is not documented`]),
    ...(POINTER.test(pointer) ? [] : [`${JSON.stringify(pointer)} is no JSON pointer`]),
  ];
}
