import { makeRegistrationCheck } from '../../src/provider/index.ts'

const ports = [3000, 3001, 3002, 3003, 3004, 3005]

/** The check of services with the demonstration's settings. */
export const unservable = makeRegistrationCheck(
  {
    issuer: 'http://localhost:3000',
    outboundAllow: ports.map((port) => `localhost:${port}`),
  },
  { hasRsa: false },
)
