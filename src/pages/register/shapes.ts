import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'
import { listNames } from './lists.ts'

// The public register as JSON. Members come, and none goes.

const inBoth = z.object({ fr: z.string(), en: z.string() })

const entry = z
  .object({
    log: z.string().describe('The path of the log (C2SP tlog-tiles)'),
    index: z.int().min(0),
    proof: z.string().describe('The path of its proof (C2SP tlog-proof)'),
  })
  .nullable()
  .describe(
    'Its entry in the public log; null for the first minute, and of a legal basis or a ground',
  )

const version = z.object({
  version: z.int().min(1),
  applied_at: z.string().describe('RFC 3339'),
  document: z.string().describe('The path of the document that the entry is the hash of'),
  sha256: z.string().nullable(),
  entry,
  change: z
    .object({
      id: z.string(),
      reason: inBoth,
      signed_by: z.array(inBoth).describe('The offices that signed it'),
    })
    .nullable()
    .describe('What brought the version; null: nobody signed it'),
})

const item = z.object({
  id: z.string(),
  title: inBoth,
  state: z.string().nullable().describe('Of today: in_force, coming, suspended, ended…'),
  page: z.string().describe('The path of its page'),
  latest: version.nullable().describe('null: a legal basis or a ground, which has no versions'),
  content: z
    .record(z.string(), z.unknown())
    .describe(
      'The file of the version: docs/schemas/register/, by kind; of a legal basis or a ground, its members',
    ),
})

export const listAnswer = z.object({
  list: z.enum(listNames),
  count: z.int().min(0).describe('How many fit'),
  objects: z.array(item).max(100),
  next: z.string().nullable().describe('The path of the next page'),
})

export const objectAnswer = z.object({
  list: z.enum(listNames),
  id: z.string(),
  title: inBoth,
  state: z.string().nullable(),
  page: z.string(),
  shown: version.nullable().describe('The version whose content this is'),
  content: z.record(z.string(), z.unknown()),
  versions: z.array(version).describe('The latest first; drafts are not among them'),
})

const list = z.enum(listNames)

export const operations = {
  registerList: {
    method: 'get',
    path: '/register/:list.json',
    name: 'registerList',
    says: {
      fr: 'Une liste du registre public; le même en tableau à .csv',
      en: 'A list of the public register; the same as a table at .csv',
    },
    parameters: z.object({ list }),
    query: z.object({
      q: z.string().max(100).optional(),
      page: z.string().optional(),
      status: z.string().optional(),
      holder: z.string().optional(),
      recipient: z.string().optional(),
      basis: z.string().optional(),
      topic: z.string().optional(),
    }),
    answers: { 200: listAnswer },
  },
  registerObject: {
    method: 'get',
    path: '/register/:list/:object.json',
    name: 'registerObject',
    says: {
      fr: 'Une inscription du registre public, ou une version : agr_x@2',
      en: 'An object of the public register, or a version of it: agr_x@2',
    },
    parameters: z.object({ list, object: z.string() }),
    answers: { 200: objectAnswer },
  },
} as const satisfies Readonly<Record<string, Operation>>
