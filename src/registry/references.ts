import type { Problem } from './files.ts'
import { fileOf } from './files.ts'
import { legalBasis } from './legal-bases.ts'
import type { Kind } from './kinds.ts'
import { idOf } from './objects.ts'
import type {
  Agreement,
  ConsentText,
  Dataset,
  Purpose,
  RegisteredService,
  Shelf,
  Shelves,
} from './objects.ts'
import type { RegisterObject } from './store.ts'

/**
 * What objects say of each other and is not so: each names what exists, and no more than that allows. Pure.
 * @param objects those of the files. @param world the register as it would be once they are applied
 */
export function referenceProblems(objects: readonly RegisterObject[], world: Shelves): Problem[] {
  return objects.flatMap((object) =>
    problemsOf(object.kind, `${object.id}@${object.version}`, world).map((message) => ({
      file: fileOf(object),
      message,
    })),
  )
}

function problemsOf(kind: Kind, ref: string, world: Shelves): string[] {
  switch (kind) {
    case 'organisation':
    case 'category':
      return []
    case 'dataset':
      return each(world.dataset, ref, (dataset) => datasetProblems(dataset, world))
    case 'purpose':
      return each(world.purpose, ref, (purpose) => purposeProblems(purpose, world))
    case 'agreement':
      return each(world.agreement, ref, (agreement) => agreementProblems(agreement, world))
    case 'text':
      return each(world.text, ref, (text) => textProblems(text, world))
    case 'service':
      return each(world.service, ref, (service) => serviceProblems(service, world))
  }
}

function each<T>(shelf: Shelf<T>, ref: string, check: (item: T) => string[]): string[] {
  const item = shelf.find(ref)
  return item === undefined ? [] : check(item)
}

function datasetProblems(
  { holder, categories, resourceServer }: Dataset,
  { organisation, category, service }: Shelves,
): string[] {
  const services = service.current.filter((item) => item.organisation === holder)
  const isServed = services.some((item) => item.resourceServer === resourceServer)
  return [
    ...unknown(organisation, [holder]),
    ...unknown(category, categories),
    ...when(
      services.length > 0 && !isServed,
      `resource_server: no service of ${holder} has ${resourceServer}`,
    ),
  ]
}

function purposeProblems(
  { recipient, necessity }: Purpose,
  { organisation, category }: Shelves,
): string[] {
  return [...unknown(organisation, [recipient]), ...unknown(category, Object.keys(necessity))]
}

function agreementProblems(agreement: Agreement, world: Shelves): string[] {
  const { holder, recipient, purposes, datasets } = agreement
  return [
    ...unknown(world.organisation, [holder, recipient]),
    ...purposes.flatMap((ref) => {
      const purpose = world.purpose.find(ref)
      if (purpose === undefined) return unknown(world.purpose, [ref])
      return when(purpose.recipient !== recipient, `purposes: ${ref} is not one of ${recipient}`)
    }),
    ...datasets.flatMap(({ dataset: ref, categories }) => {
      const dataset = world.dataset.find(ref)
      if (dataset === undefined) return unknown(world.dataset, [ref])
      const missing = categories.filter((item) => !dataset.categories.includes(item))
      return [
        ...when(dataset.holder !== holder, `datasets: ${ref} is not one of ${holder}`),
        ...missing.map((item) => `datasets: ${ref} has no category ${item}`),
      ]
    }),
    ...unexpressed(agreement, world),
    ...fakeChoices(agreement, world),
  ]
}

// Sensitive information needs an express consent (LAI 59).
function unexpressed(agreement: Agreement, { category }: Shelves): string[] {
  if (agreement.legalBasis !== 'consent_53') return []
  return categoriesOf(agreement)
    .filter((item) => category.find(item)?.sensitivity === 'sensitive')
    .map((item) => `legal_basis_id: ${item} is sensitive and needs consent_59_sensitive`)
}

// A consent is not free where the law would be used after a refusal (DOMAIN 2.8, I33). A purpose has one recipient.
function fakeChoices(agreement: Agreement, world: Shelves): string[] {
  return world.agreement.current
    .filter((other) => other.status === 'in_force' && agreement.status === 'in_force')
    .filter((other) => requiresConsent(other) !== requiresConsent(agreement))
    .filter((other) => meet(other.purposes.map(idOf), agreement.purposes.map(idOf)))
    .filter((other) => meet(dataOf(other), dataOf(agreement)))
    .map(
      ({ ref }) => `${ref} allows the same on another legal basis: a refusal would change nothing`,
    )
}

function requiresConsent({ legalBasis: id }: Agreement): boolean {
  return legalBasis(id)?.requiresConsent === true
}

function dataOf({ datasets }: Agreement): string[] {
  return datasets.flatMap(({ dataset, categories }) =>
    categories.map((category) => `${idOf(dataset)} ${category}`),
  )
}

function categoriesOf({ datasets }: Agreement): string[] {
  return datasets.flatMap((item) => item.categories)
}

function meet(some: readonly string[], others: readonly string[]): boolean {
  return some.some((item) => others.includes(item))
}

function textProblems(text: ConsentText, world: Shelves): string[] {
  const purpose = world.purpose.find(text.purpose)
  const agreement = world.agreement.find(text.agreement)
  if (purpose === undefined || agreement === undefined)
    return [
      ...unknown(world.purpose, [text.purpose]),
      ...unknown(world.agreement, [text.agreement]),
    ]
  const isOffered = Object.values(purpose.necessity).includes('optional')
  const isLimited = purpose.frequencyLimit !== undefined
  const has = (role: string) => text.blocks.some((block) => block.role === role)
  return [
    ...when(
      !agreement.purposes.includes(purpose.ref),
      `purpose_id: ${purpose.ref} is not a purpose of ${agreement.ref}`,
    ),
    ...when(
      has('optional_items') !== isOffered,
      `blocks: optional_items stands where ${purpose.ref} has an optional category, and only there`,
    ),
    ...when(
      has('how_often') !== isLimited,
      `blocks: how_often stands where ${purpose.ref} has a frequency_limit, and only there`,
    ),
    ...placeholderProblems(text, purpose, agreement),
    ...rivals(text, world),
  ]
}

function placeholderProblems(
  { blocks }: ConsentText,
  { frequencyLimit }: Purpose,
  agreement: Agreement,
): string[] {
  const known = new Set([
    '{until}',
    ...(frequencyLimit === undefined ? [] : ['{count}', '{period}']),
    ...categoriesOf(agreement).map((category) => `{example.${category}}`),
  ])
  return blocks.flatMap(({ role, fr, en }) =>
    // A brace that opens or closes nothing is found too.
    [...`${fr}\n${en}`.matchAll(/\{[^{}\n]*\}|[{}]/g)]
      .filter(([found]) => !known.has(found))
      .map(([found]) => `blocks: ${role} has ${found}, which is no placeholder of this text`),
  )
}

// Two texts for one use: nobody could say which one is to be shown.
function rivals(text: ConsentText, world: Shelves): string[] {
  return world.text.all
    .filter((other) => other.id !== text.id && other.purpose === text.purpose)
    .filter((other) => idOf(other.agreement) === idOf(text.agreement))
    .map((other) => `${other.ref} is a text of ${text.purpose} and ${idOf(text.agreement)} too`)
}

function serviceProblems(
  { organisation: owner, resourceServer }: RegisteredService,
  { organisation, service }: Shelves,
): string[] {
  // Or a body could read tokens that are meant for another.
  const others = service.current.filter(
    (other) => resourceServer !== undefined && other.resourceServer === resourceServer,
  )
  return [
    ...unknown(organisation, [owner]),
    ...others
      .filter((other) => other.organisation !== owner)
      .map((other) => `resource_server: ${resourceServer} is that of ${other.organisation} too`),
  ]
}

function unknown(shelf: Shelf<unknown>, refs: readonly string[]): string[] {
  return refs
    .filter((ref) => shelf.find(ref) === undefined)
    .map((ref) => `${ref} is neither in the files nor in the register`)
}

function when(condition: boolean, message: string): string[] {
  return condition ? [message] : []
}
