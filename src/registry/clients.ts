import type { Database } from '../foundation/database.ts'
import type { Language } from '../foundation/pages.ts'
import { organisationFile, serviceFile } from './files.ts'
import { currentObjects } from './store.ts'

export type Bilingual = Readonly<Record<Language, string>>

/** A relying party as the register knows it. */
export type Service = {
  readonly serviceId: string
  readonly orgId: string
  readonly name: Bilingual
  readonly organisationName: Bilingual
  /** RFC 7591 members, as in the file. */
  readonly metadata: Readonly<Record<string, unknown>>
}

export type Register = {
  readonly services: ReadonlyMap<string, Service>
}

/**
 * The active services of active organisations. Register objects may be held in memory: a person cannot revoke them.
 * @param rewrite what to do to each object's text first (the demonstration moves its ports)
 */
export async function loadRegister(
  db: Database,
  rewrite = (text: string) => text,
): Promise<Register> {
  const objects = (await currentObjects(db)).map(({ kind, content }) => {
    const moved: unknown = JSON.parse(rewrite(JSON.stringify(content)))
    return { kind, content: moved }
  })
  const organisations = new Map(
    objects
      .filter(({ kind }) => kind === 'organisation')
      .map(({ content }) => organisationFile.parse(content))
      .filter((item) => item.status === 'active')
      .map((item) => [item.org_id, item]),
  )
  const services = new Map<string, Service>()
  for (const { content } of objects.filter(({ kind }) => kind === 'service')) {
    const { name, organisation, status, ...rest } = serviceFile.parse(content)
    const owner = organisations.get(organisation)
    if (owner === undefined || status !== 'active') continue
    const { version: _version, description: _words, ...metadata } = rest
    services.set(rest.client_id, {
      serviceId: rest.client_id,
      orgId: organisation,
      name,
      organisationName: owner.name,
      metadata,
    })
  }
  return { services }
}
