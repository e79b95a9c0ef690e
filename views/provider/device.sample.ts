import type { DevicePage } from '../../src/provider/visits/pages.ts'

const page: DevicePage = {
  action: '/device',
  xsrf: 'xsrf-of-a-sample',
  code: '',
  problem: undefined,
}

export default {
  plain: page,
  filled: { ...page, code: 'WDJB-MJHT' },
  none: { ...page, problem: 'device.none' },
  unknown: { ...page, code: 'WDJB-MJHX', problem: 'device.unknown' },
  expired: { ...page, code: 'WDJB-MJHT', problem: 'device.expired' },
  used: { ...page, code: 'WDJB-MJHT', problem: 'device.used' },
  again: { ...page, code: 'WDJB-MJHT', problem: 'device.again' },
} satisfies Record<string, DevicePage>
