import type { ListedFault } from './listed-fault.ts'

// The faults of what any request of a service is made of.

export const parameterFaults = {
  'not-registered': {
    error: 'unauthorized_client',
    status: 400,
    says: [
      {
        says: 'grant_type: the register does not have it for this service',
        for: ['requested grant type is not allowed for this client'],
        error: 'unauthorized_client',
      },
      {
        says: 'response_type: the register does not have it for this service',
        for: ['requested response_type is not allowed for this client'],
        error: 'unauthorized_client',
      },
    ],
    cause: {
      fr: 'Votre fichier du registre n’a pas ce grant_type, ou n’a pas de response_type.',
      en: 'Your file of the register does not have this grant_type, or has no response_type.',
    },
    example: 'grant_type=client_credentials, grant_types: [authorization_code]',
    mend: {
      fr: 'Ajoutez-le à grant_types dans votre fichier, avec une version plus haute.',
      en: 'Add it to grant_types in your file, with a higher version.',
    },
  },
  'parameter-missing': {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'missing required parameter {name}' },
      { says: 'missing required parameters {names}' },
    ],
    cause: {
      fr: 'Un paramètre exigé manque; la phrase le nomme.',
      en: 'A required parameter is missing; the sentence names it.',
    },
    example: 'POST /token, grant_type=authorization_code&code=…',
    mend: {
      fr: 'Ajoutez-le. redirect_uri est exigé à /request et à /token, même si une seule est inscrite.',
      en: 'Add it. redirect_uri is required at /request and at /token, even if only one is registered.',
    },
  },
  'parameter-twice': {
    error: 'invalid_request',
    status: 400,
    says: [{ says: '{name}: sent more than once' }],
    cause: {
      fr: 'Un paramètre est envoyé deux fois, ou dans l’adresse et dans le corps.',
      en: 'A parameter is sent twice, or in the address and in the body.',
    },
    example: 'POST /token?client_id=my-service, client_id=my-service',
    mend: {
      fr: 'Envoyez chaque paramètre une fois, dans le corps. Seul resource peut être répété.',
      en: 'Send each parameter once, in the body. Only resource may be repeated.',
    },
  },
  'parameter-long': {
    error: 'invalid_request',
    status: 400,
    says: [{ says: '{name}: has more than {count} characters' }],
    cause: {
      fr: 'state ou nonce est trop long.',
      en: 'state or nonce is too long.',
    },
    example: 'state=eyJyZXR1cm5UbyI6…',
    mend: {
      fr: 'Gardez l’état sur votre serveur, et n’envoyez qu’un nombre au hasard qui le retrouve.',
      en: 'Keep the state on your server, and send only a random number that finds it.',
    },
  },
  'body-large': {
    error: 'invalid_request',
    status: 413,
    says: [
      {
        says: 'the body has more than 56 KiB',
        for: ['request entity too large'],
        error: 'invalid_request',
        status: 413,
      },
    ],
    cause: { fr: 'Le corps dépasse 56 Kio.', en: 'The body has more than 56 KiB.' },
    example: 'Content-Length: 60000',
    mend: {
      fr: 'Demandez moins à la fois : authorization_details a dix éléments et 16 Kio au plus.',
      en: 'Ask for less at once: authorization_details has ten items and 16 KiB at most.',
    },
  },
} satisfies Readonly<Record<string, ListedFault>>
