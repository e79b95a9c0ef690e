import type { RegisteredService } from './objects.ts'

/** Where a service has something: its API, and each address among its metadata. */
export function originsOf({ resourceServer, metadata }: Addressed): ReadonlySet<string> {
  const texts = [resourceServer, ...Object.values(metadata)].flat()
  const addresses = texts.filter((text) => typeof text === 'string')
  return new Set(addresses.flatMap((text) => originOf(text)))
}

type Addressed = Pick<RegisteredService, 'id' | 'resourceServer' | 'metadata'>

/** Finds the service, whatever its status, that has something at an origin. Read once, when it is first asked. */
export function servicesByOrigin(services: readonly Addressed[]): ServiceAt {
  let byOrigin: Map<string, string> | undefined
  return (origin) => {
    byOrigin ??= new Map(
      services.flatMap((service) =>
        [...originsOf(service)].map((one): [string, string] => [one, service.id]),
      ),
    )
    return byOrigin.get(origin)
  }
}

/** @returns the id of the service; undefined: none has anything there */
export type ServiceAt = (origin: string) => string | undefined

function originOf(text: string): string[] {
  const { origin = 'null' } = URL.parse(text) ?? {}
  return origin === 'null' ? [] : [origin]
}
