import type { ServedRoutes } from '../base/web/endpoints.ts'
import type { Operation } from '../base/web/operation.ts'
import type { RouteStep } from '../base/web/room.ts'
import { routeSteps } from '../base/web/room.ts'
import type { HouseParts } from './parts.ts'
import { rooms } from './rooms.ts'

/** The JSON operations with published shapes, room by room. */
export async function operationsOf(): Promise<readonly Operation[]> {
  const those = await Promise.all(rooms.flatMap(({ operations }) => operations?.() ?? []))
  return those.flatMap((operations) => Object.values(operations))
}

/** The routes of all rooms, in the order in which they are tried. */
export async function routesOf(parts: HouseParts): Promise<readonly ServedRoutes[]> {
  const steps = Object.fromEntries(
    routeSteps.map((step) => [step, [] as ServedRoutes[]]),
  ) as unknown as Record<RouteStep, ServedRoutes[]>
  for (const { routes } of rooms) {
    const own = (await routes?.(parts, steps)) ?? {}
    for (const step of routeSteps) steps[step].push(...(own[step] ?? []))
  }
  return routeSteps.flatMap((step) => steps[step])
}
