import { dirname } from 'node:path'
import { issuer } from './broker.ts'
import { openHouse } from './house.ts'
import type { Service } from './service.ts'
import { makeService, register } from './service.ts'
import type { Stage } from './sharing.ts'

export const otherApi = 'https://caisse-rentes.test/api'

export type SecondHolder = Service & { stop(): Promise<void> }

/** Another body that holds data and has no part in the sharing, with a third house that knows it from its start. */
export async function startSecondHolder(stage: Stage): Promise<SecondHolder> {
  const ports: number[] = []
  const service = await makeService(
    { issuer, ports },
    {
      clientId: 'caisse-rentes',
      organisation: 'org_caisse-rentes',
      more: {
        resource_server: otherApi,
        grant_types: ['authorization_code', 'client_credentials'],
      },
    },
  )
  await register(stage, [service])
  const house = await openHouse(stage.databaseUrl, dirname(stage.keysDir), issuer, {
    TRUSTED_PROXIES: '1',
  })
  ports.push(house.port)
  return { ...service, stop: () => house.stop() }
}
