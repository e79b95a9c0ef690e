import { pollSeconds } from '../unit/device-code-model.ts'
import type { ListedFault } from './listed-error.ts'

// The answers that a device waits with (RFC 8628, section 3.5), and what a sign-in on a device may not ask for.

export const tooOften = `device_code: asked for more often than every ${pollSeconds} seconds`
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
    cause: {
      fr: 'Ce n’est pas une faute : la personne n’a pas encore dit oui, ou ne s’est pas encore connectée.',
      en: 'This is no fault: the person has not said yes yet, or has not signed in yet.',
    },
    example: 'POST /token, grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=…',
    mend: {
      fr: 'Attendez interval secondes, et demandez encore.',
      en: 'Wait interval seconds, and ask again.',
    },
  },
  'device-slow': {
    error: 'slow_down',
    status: 400,
    isRest: true,
    says: [{ says: tooOften }],
    cause: {
      fr: 'Vous avez demandé deux fois avec le même device_code en moins de cinq secondes.',
      en: 'You asked twice with the same device_code within five seconds.',
    },
    example: '"interval": 5',
    mend: {
      fr: 'Ajoutez cinq secondes à votre intervalle, pour toute la suite (RFC 8628, 3.5).',
      en: 'Add five seconds to your interval, from now on (RFC 8628, 3.5).',
    },
  },
  'device-expired': {
    error: 'expired_token',
    status: 400,
    isRest: true,
    says: [{ says: 'device_code: is over', for: ['device code is expired'] }],
    cause: {
      fr: 'Dix minutes ont passé sans réponse.',
      en: 'Ten minutes have passed without an answer.',
    },
    example: '"expires_in": 600',
    mend: {
      fr: 'Commencez de nouveau à /device/auth quand la personne le demande, et montrez le nouveau numéro.',
      en: 'Begin again at /device/auth when the person asks for it, and show the new code.',
    },
  },
  'device-denied': {
    error: 'access_denied',
    status: 400,
    says: [
      { says: 'device_code: the person said no', for: ['End-User aborted interaction'] },
      { says: deviceHeld },
    ],
    cause: {
      fr: 'La personne a pressé « Non, arrêter », ou n’a pas voulu se connecter. Ou son accès vient d’être rétabli avec un code : aucun appareil n’est connecté pendant 72 heures, et elle le lit.',
      en: 'The person pressed “No, stop”, or did not want to sign in. Or her access was restored with a code lately: no device is signed in for 72 hours, and she reads so.',
    },
    example: 'POST /token, grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=…',
    mend: {
      fr: 'Ne demandez plus avec ce device_code. Ne montrez un autre numéro que si elle le demande.',
      en: 'Ask no more with this device_code. Show another code only if she asks for it.',
    },
  },
  'device-sign-in': {
    error: 'invalid_authorization_details',
    status: 400,
    says: [{ says: noSharingOnDevice }, { says: noResourceOnDevice, error: 'invalid_target' }],
    cause: {
      fr: 'Un appareil connecte des personnes, et rien de plus : une question de partage se lit à l’écran de la personne.',
      en: 'A device signs people in, and no more: a question about a sharing is read on the person’s own screen.',
    },
    example: 'POST /device/auth, authorization_details=[…]',
    mend: {
      fr: 'Envoyez scope=openid, avec acr_values ou claims au besoin. Pour un partage, ouvrez un navigateur.',
      en: 'Send scope=openid, with acr_values or claims where you need them. For a sharing, open a browser.',
    },
  },
} satisfies Readonly<Record<string, ListedFault>>
