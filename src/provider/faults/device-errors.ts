import { pollSeconds } from '../unit/device-code-model.ts'
import type { ListedFault } from './listed-error.ts'

// The answers that a device waits with (RFC 8628, section 3.5), and what a sign-in on a device may not ask for.

export const deviceSlowDown = `device_code: asked for more often than every ${pollSeconds} seconds`
export const noSharingOnDevice = 'authorization_details: a device may sign people in alone'
/** Her access is held: it says no more than a no of hers, and she reads why. */
export const deviceHeld = 'the person may sign in no device now'
export const noResourceOnDevice = 'resource: a device may sign people in alone'

export const deviceFaults = {
  'device-pending': {
    error: 'authorization_pending',
    status: 400,
    isRest: true,
    says: [
      {
        says: 'device_code: the person has not answered yet',
        for: [
          "authorization request is still pending as the end-user hasn't yet completed the user interaction steps",
        ],
      },
    ],
  },
  'device-slow': {
    error: 'slow_down',
    status: 400,
    isRest: true,
    says: [{ says: deviceSlowDown }],
  },
  'device-expired': {
    error: 'expired_token',
    status: 400,
    isRest: true,
    says: [{ says: 'device_code: is over', for: ['device code is expired'] }],
  },
  'device-denied': {
    error: 'access_denied',
    status: 400,
    says: [
      { says: 'device_code: the person said no', for: ['End-User aborted interaction'] },
      { says: deviceHeld },
    ],
  },
  'device-sign-in': {
    error: 'invalid_authorization_details',
    status: 400,
    says: [{ says: noSharingOnDevice }, { says: noResourceOnDevice, error: 'invalid_target' }],
  },
} satisfies Readonly<Record<string, ListedFault>>
