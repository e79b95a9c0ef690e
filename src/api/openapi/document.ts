import { z } from 'zod'
import { present } from '../../base/values/present.ts'
import type { Operation } from '../../base/web/operation.ts'

/** A JSON Schema (draft 2020-12), as far as this room reads it. */
export type Schema = {
  readonly [keyword: string]: unknown
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

export type ApiOwner = { readonly issuer: string; readonly brand: string }

// The version of the APIs. Additions do not change it.
const version = '1.0'

/**
 * The OpenAPI 3.1 description of these operations, made from the shapes of their requests and answers (`Operation`). It leaves out rules
 * that JSON Schema cannot express, such as a rule between two members.
 */
export function documentOf(operations: readonly Operation[], about: ApiOwner): object {
  const paths = Object.groupBy(operations, ({ path }) => templateOf(path))
  return {
    openapi: '3.1.1',
    info: { title: about.brand, version },
    servers: [{ url: about.issuer }],
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, those = []]) => [
        path,
        Object.fromEntries(those.map((operation) => [operation.method, described(operation)])),
      ]),
    ),
    components: {
      securitySchemes: { accord: scheme(about.issuer) },
      schemas: { Problem: problem },
    },
  }
}

/** `/me/consents/:id` as OpenAPI writes it. */
export function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

// RFC 9110, section 15.3.5.
const withoutBody = 204

function described(operation: Operation): object {
  const { name, says, scope, request, answers, mediaType = 'application/json' } = operation
  return {
    operationId: name,
    summary: `${says.fr} / ${says.en}`,
    ...(scope === undefined ? { security: [] } : { security: [{ accord: [scope] }] }),
    parameters: parametersOf(operation),
    ...(request === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(request, 'input') } },
          },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, shape]) => [
          status,
          {
            description: says.en,
            headers: { 'X-Request-ID': { schema: { type: 'string' } } },
            ...(Number(status) === withoutBody
              ? {}
              : { content: { [mediaType]: { schema: schemaOf(shape, 'output') } } }),
          },
        ]),
      ),
      default: errorOf(operation),
    },
  }
}

function parametersOf({ parameters, query, scope, isRepeatable = false }: Operation): object[] {
  return [
    ...membersOf(parameters).map(([name, schema]) => ({
      name,
      in: 'path',
      required: true,
      schema,
    })),
    ...membersOf(query).map(([name, schema]) => ({ name, in: 'query', schema })),
    ...(scope === undefined ? [] : [proof]),
    ...(isRepeatable ? [repeatKey] : []),
  ]
}

const proof = { name: 'DPoP', in: 'header', required: true, schema: { type: 'string' } }
const repeatKey = {
  name: 'Idempotency-Key',
  in: 'header',
  schema: { type: 'string', maxLength: 255 },
}

function membersOf(shape: z.ZodObject | undefined): [string, Schema][] {
  if (shape === undefined) return []
  return Object.entries(present(schemaOf(shape, 'output').properties, 'the members of an object'))
}

/** @param io an input may lack members that have a default; an output has them */
export function schemaOf(shape: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, {
    io,
    override({ zodSchema, jsonSchema }) {
      // A shape that is not strict ignores unknown members: members that are added later are no fault.
      const isOpen = zodSchema instanceof z.ZodObject && zodSchema.def.catchall === undefined
      if (isOpen) delete jsonSchema.additionalProperties
    },
  })
  return schema as Schema // zod writes a JSON Schema
}

// Errors are problem details (RFC 9457); AuthZEN's are a JSON string (AuthZEN 1.0, section 10.1).
function errorOf({ path }: Operation): object {
  const isAuthZen = path.startsWith('/access/')
  return {
    description: 'Not done',
    content: isAuthZen
      ? { 'application/json': { schema: { type: 'string' } } }
      : { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  }
}

const problem: Schema = {
  type: 'object',
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    request_id: { type: 'string' },
  },
  required: ['type', 'title', 'status', 'code', 'request_id'],
}

// Tokens of our own APIs are bound to a key that proves each request (RFC 9449).
function scheme(issuer: string): object {
  const tokenUrl = `${issuer}/token`
  return {
    type: 'oauth2',
    description: 'RFC 9449: Authorization: DPoP …; private_key_jwt at the token endpoint',
    flows: {
      clientCredentials: {
        tokenUrl,
        scopes: {
          decide: `resource=${issuer}/access`,
          search: `resource=${issuer}/access`,
          report: `resource=${issuer}/disclosures`,
          'ssf.read': `resource=${issuer}/ssf`,
          'ssf.manage': `resource=${issuer}/ssf`,
        },
      },
      authorizationCode: {
        authorizationUrl: `${issuer}/auth`,
        tokenUrl,
        scopes: { me: `resource=${issuer}/me`, match: `resource=${issuer}/matching` },
      },
    },
  }
}
