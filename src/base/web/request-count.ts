import type { Context } from 'koa'
import type { Meter } from '../logging/meter.ts'
import type { routeGroups } from '../logging/metric-labels.ts'
import { methods, refusalReasons, statusClasses, statuses } from '../logging/metric-labels.ts'
import { isAsset } from './assets.ts'
import type { Endpoint } from './endpoints.ts'
import { endpointIn } from './endpoints.ts'

type Group = (typeof routeGroups)[number]
export type CountRequest = (
  ctx: Pick<Context, 'path' | 'method' | 'status' | 'state'>,
  seconds: number,
) => void

// What is answered before the rooms: files of public/, and the notice at the first English page.
const assetRoute = '/asset'
const notice = { path: '/attestation', audience: 'people', errors: 'page', rank: 'page' } as const

/** Counts what was answered, by the routes that the rooms declare; undefined where nobody asks. */
export function countRequests(
  meter: Meter,
  endpoints: readonly Endpoint[],
): CountRequest | undefined {
  if (!meter.isOn) return undefined
  const all = [...endpoints, notice]
  meter.declare('route', [assetRoute, ...all.map(({ path }) => path)])
  const at = endpointIn(all)
  return ({ path, method, status, state }, seconds) => {
    const endpoint = at(path)
    const isFile = endpoint === undefined && isAsset(path)
    const route = meter.listed('route', endpoint?.path ?? (isFile ? assetRoute : ''))
    meter.count('requests', { route, class: statusClasses[Math.floor(status / 100) - 1] ?? '5xx' })
    meter.count('responses', {
      method: within(methods, method),
      status: within(statuses, String(status)),
    })
    const usual = usualReasons[status]
    if (usual !== undefined) {
      const { refusedAs = usual } = state as { refusedAs?: string } // set by answer-errors.ts
      meter.count('refused', { reason: within(refusalReasons, refusedAs) })
    }
    const group = endpoint === undefined ? (isFile ? 'asset' : 'other') : groupOf(endpoint)
    meter.observe('requestSeconds', { group }, seconds)
  }
}

// The library of OpenID Connect answers its own errors, which have no code of ours.
const usualReasons: Readonly<Partial<Record<number, (typeof refusalReasons)[number]>>> = {
  413: 'form.too-large',
  429: 'too-many-requests',
  503: 'unavailable',
}

const groups: Readonly<Record<Endpoint['audience'], Group>> = {
  people: 'page',
  programs: 'program',
  protocol: 'protocol',
}

function groupOf({ path, audience }: Endpoint): Group {
  if (path.startsWith('/access/v1/search/')) return 'search'
  if (path.startsWith('/access/')) return 'decision'
  return path === '/token' ? 'token' : groups[audience]
}

/** The value, where the list has it; else `other`. */
function within<Value extends string>(
  list: readonly (Value | 'other')[],
  value: string,
): Value | 'other' {
  return list.find((one) => one === value) ?? 'other'
}
