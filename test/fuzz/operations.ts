/** JSON Schema as far as the document of the API uses it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  additionalProperties?: Schema | boolean;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  format?: string;
  example?: unknown;
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  schema: Schema;
}

interface Content {
  content?: Record<string, { schema: Schema; examples?: Record<string, { value: unknown }> }>;
}

export interface DocumentedAnswer extends Content {
  description: string;
}

/** What the document says of one method of one path. */
export interface Operation {
  operationId: string;
  method: string;
  /** `/v1/endpoints/{id}` */
  path: string;
  parameters: Parameter[];
  /** Null: the operation takes no body. */
  body: Schema | null;
  /** Whole bodies, where the fields alone do not tell which go together. */
  examples: unknown[];
  responses: Record<string, DocumentedAnswer>;
}

export interface OpenApi {
  paths: Record<string, Record<string, Partial<Operation> & { requestBody?: Content }>>;
  components: { schemas: Record<string, Schema> };
}

export function operationsOf(document: OpenApi): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId = '', parameters = [], requestBody, responses = {} }]) => {
      const body = requestBody?.content?.['application/json'];
      return {
        operationId,
        method: method.toUpperCase(),
        path,
        parameters,
        body: body?.schema ?? null,
        examples: Object.values(body?.examples ?? {}).map(({ value }) => value),
        responses,
      };
    }),
  );
}

/** The schema itself where a reference, or a wrapper around one, stands. */
export function resolve(schema: Schema, document: OpenApi): Schema {
  const [only, ...more] = schema.allOf ?? [];
  if (only !== undefined && more.length === 0) return resolve(only, document);
  if (schema.$ref === undefined) return schema;
  const found = document.components.schemas[schema.$ref.replace('#/components/schemas/', '')];
  if (found === undefined) throw new Error(`the document refers to ${schema.$ref}, which it does not have`);
  return resolve(found, document);
}
