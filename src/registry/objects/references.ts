import { present } from '../../base/values/present.ts'
import { agreementFaults } from './agreements.ts'
import { exceptionFaults } from './profile-exceptions.ts'
import { usualDuration } from './file-fields.ts'
import { fileOf } from './file-names.ts'
import type { Fault } from './file-faults.ts'
import { unknownReference, faultIf } from './file-faults.ts'
import { kinds } from './object-schemas.ts'
import { nameFaultsIn } from './names.ts'
import { ownOrganisation } from './own-service.ts'
import type {
  Category,
  Dataset,
  Organisation,
  Purpose,
  RegisteredService,
  RegisterSigner,
} from './objects.ts'
import type { Shelf, Shelves } from './object-index.ts'
import { spanFaults } from '../register-spans.ts'
import { sentenceFaults } from './localized-names.ts'
import type { RegisterObject } from '../changes/store.ts'
import { textFaults } from './texts.ts'
import { upstreamFaults } from './identity-provider-faults.ts'

export type FaultInFile = Fault & { readonly file: string }

/**
 * Finds false references between objects: each must name existing objects, and stay within the limits of those. Pure.
 * @param world the register as it would be after the apply
 */
export function referenceFaults(objects: readonly RegisterObject[], world: Shelves): FaultInFile[] {
  const nameFaults = nameFaultsIn(world)
  return objects.flatMap((object) =>
    [...faultsOf(object, world), ...nameFaults(object.kind, refOf(object))].map((fault) => ({
      file: fileOf(object),
      ...fault,
    })),
  )
}

function faultsOf(object: RegisterObject, world: Shelves): Fault[] {
  const { kind, content } = object
  const ref = refOf(object)
  switch (kind) {
    case 'change':
      return []
    case 'setting':
      return each(world[kind], ref, spanFaults)
    case 'signer':
      return each(world[kind], ref, (item) => signerFaults(item, world))
    case 'organisation':
      return each(world[kind], ref, (item) => [
        ...faultIf(item.id === ownOrganisation, ['org_id'], `${item.id} is the broker itself`),
        ...lineageFaults(item, world[kind], 'parent_org_id'),
        ...reachFaults(item, world),
        ...sentenceFaults(item),
      ])
    case 'category':
      return each(world[kind], ref, (item) =>
        lineageFaults(item, world[kind], 'parent_category_id'),
      )
    case 'dataset':
      return each(world[kind], ref, (item) => datasetFaults(item, world))
    case 'purpose':
      return each(world[kind], ref, (item) => purposeFaults(item, world))
    case 'agreement':
      return each(world[kind], ref, (item) =>
        agreementFaults(item, kinds[kind].schema.parse(content), world),
      )
    case 'text':
      return each(world[kind], ref, (item) => textFaults(item, world))
    case 'service':
      return each(world[kind], ref, (item) => serviceFaults(item, world))
    case 'identity-provider':
      return each(world[kind], ref, (item) => upstreamFaults(item, world))
  }
}

function refOf({ id, version }: RegisterObject): string {
  return `${id}@${version}`
}

function each<T>(shelf: Shelf<T>, ref: string, check: (item: T) => Fault[]): Fault[] {
  const item = shelf.find(ref)
  return item === undefined ? [] : check(item)
}

const maxGenerations = 20

function lineageFaults<T extends Organisation | Category>(
  item: T,
  shelf: Shelf<Pick<T, 'parent'>>,
  field: string,
): Fault[] {
  let parent = item.parent
  if (parent === undefined) return []
  const missing = unknownReference(shelf, parent, [field])
  for (let i = 0; i < maxGenerations && parent !== undefined; i++)
    parent = shelf.find(parent)?.parent
  return [
    ...missing,
    ...faultIf(parent !== undefined, [field], `${item.id} is among its own parents`),
  ]
}

// An organisation that sends or receives by an agreement in force needs a contact for people.
function reachFaults({ id, contact, version }: Organisation, world: Shelves): Fault[] {
  const isCurrent = world.organisation.find(id)?.version === version
  if (contact !== undefined || !isCurrent) return []
  const own = world.agreement.current.find(
    ({ status, holder, recipient }) => status === 'in_force' && [holder, recipient].includes(id),
  )
  const said = `contact is missing: ${own?.ref} is in force, and people must reach ${id}`
  return faultIf(own !== undefined, ['contact'], said)
}

function datasetFaults(
  { holder, categories, resourceServer }: Dataset,
  { organisation, category, service }: Shelves,
): Fault[] {
  const services = service.current.filter((item) => item.organisation === holder)
  const isServed = services.some((item) => item.resourceServer === resourceServer)
  return [
    ...unknownReference(organisation, holder, ['holder_org_id']),
    ...categories.flatMap((id, i) =>
      unknownReference(category, id, ['categories', i, 'category_id']),
    ),
    ...faultIf(
      services.length > 0 && !isServed,
      ['resource_server'],
      `no service of ${holder} has ${resourceServer} as its resource_server`,
    ),
  ]
}

function purposeFaults(purpose: Purpose, { organisation, category }: Shelves): Fault[] {
  const { recipient, necessity, maxDuration, longest: most } = purpose
  return [
    // This rule is not in the schema: purposes applied before it must still be read; requests for them stay within the limit all the same.
    ...faultIf(
      most !== maxDuration,
      ['max_duration'],
      most === usualDuration
        ? `${maxDuration} is longer than ${most}: longer_duration_reason must say why`
        : `${maxDuration} is longer than ${most}, which is the most for one time only`,
    ),
    ...unknownReference(organisation, recipient, ['recipient_org_id']),
    ...Object.keys(necessity).flatMap((id) =>
      unknownReference(category, id, ['necessity_by_category', id]),
    ),
  ]
}

// Two signers with one key would be one person.
function signerFaults(signer: RegisterSigner, world: Shelves): Fault[] {
  const others = world.signer.all.filter(
    ({ id, publicKey }) => id !== signer.id && publicKey === signer.publicKey,
  )
  return [
    ...faultIf(others.length > 0, ['public_key'], `it is the key of ${others[0]?.ref} too`),
    ...faultIf(
      signer.until !== undefined && signer.until < signer.from,
      ['until'],
      'until must not be before from',
    ),
  ]
}

function serviceFaults(registered: RegisteredService, { organisation, service }: Shelves): Fault[] {
  const { organisation: owner, resourceServer } = registered
  const others = service.current.filter((other) => other.organisation !== owner)
  return [
    ...unknownReference(organisation, owner, ['organisation']),
    ...exceptionFaults(registered),
    // Two organisations with one resource server could read each other's tokens.
    ...others
      .filter((other) => resourceServer !== undefined && other.resourceServer === resourceServer)
      .map((other) => ({
        path: ['resource_server'],
        message: `${resourceServer} is the resource_server of ${other.organisation} too`,
      })),
    ...sharedReturns(registered, others),
  ]
}

/**
 * Where an address of two bodies is one place, a code for one body arrives at the other one, and a person who said yes to one of them comes
 * back to the other. A closed service sends nobody anywhere.
 */
function sharedReturns(
  { status, metadata }: RegisteredService,
  others: readonly RegisteredService[],
): Fault[] {
  if (status === 'closed') return []
  const open = others.filter((other) => other.status !== 'closed')
  const places = new Map(
    open.flatMap((other) => returnsOf(other.metadata).map((uri) => [placeOf(uri), other])),
  )
  return returnsOf(metadata).flatMap((uri, i) => {
    const other = places.get(placeOf(uri))
    if (other === undefined || isOwnMachine(uri)) return []
    const message = `${uri} is a redirect_uri of ${other.id}, a service of ${other.organisation}, too`
    return [{ path: ['redirect_uris', i], message }]
  })
}

function returnsOf(metadata: RegisteredService['metadata']): readonly string[] {
  return (metadata['redirect_uris'] ?? []) as readonly string[] // as the schema has them
}

// As a browser reads it: neither the case of a host nor the port 443 makes another place.
function placeOf(uri: string): string {
  return present(URL.parse(uri), 'a redirect_uri that the schema read').href
}

// The application of each body may wait at the same address of a person's own machine (RFC 8252, section 7.3).
function isOwnMachine(uri: string): boolean {
  return uri.startsWith('http://127.0.0.1')
}
