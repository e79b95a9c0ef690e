import type { ListedFault } from './listed-error.ts'

// The faults of what any request of a service is made of.

export const noBackchannel =
  'grant_types: the register does not have the grant of sign-in requests for this service'
export const noDevice =
  'grant_types: the register does not have the grant of devices for this service'

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
        says: noDevice,
      },
      {
        says: noBackchannel,
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
  'parameter-beside': {
    error: 'invalid_request',
    status: 303,
    says: [{ says: '{name}: may not stand beside request_uri' }],
    cause: {
      fr: 'À côté de `request_uri`, l’adresse porte un paramètre de la demande. Seule la demande poussée compte.',
      en: 'Beside `request_uri` the address has a parameter of the request. Only the pushed request counts.',
    },
    example: 'GET /auth?client_id=my-service&request_uri=urn:…&scope=openid',
    mend: {
      fr: 'Poussez-le à /request avec les autres, et n’envoyez à /auth que client_id et request_uri (RFC 9126).',
      en: 'Push it to /request with the others, and send client_id and request_uri alone to /auth (RFC 9126).',
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
  'authentication-form': {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: 'client_id: is missing, and no client_assertion names the service',
        for: ['no client authentication mechanism provided'],
      },
      {
        says: 'client_id: is another one than in the client_assertion or the Authorization header',
        for: ['client_id mismatch'],
      },
      {
        says: 'client_assertion: is no JWT (RFC 7523)',
        for: ['invalid client_assertion format'],
      },
      {
        says: 'client_assertion_type: must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        for: ['client_assertion_type must be provided'],
      },
      {
        says: 'Authorization: must be Basic with client_id and client_secret (RFC 6749, section 2.3.1)',
        for: [
          'invalid authorization header value format',
          'client_secret must be provided in the Authorization header',
        ],
      },
      {
        says: 'client authentication: was sent in more than one way',
        for: ['client authentication must only be provided using one mechanism'],
      },
    ],
    cause: {
      fr: 'La demande ne dit pas quel service parle, le dit deux fois, ou le dit sous une forme que nous ne lisons pas.',
      en: 'The request does not say which service speaks, says it twice, or says it in a form that we do not read.',
    },
    example: 'Authorization: Basic …, client_assertion=eyJ…',
    mend: {
      fr: 'Envoyez l’authentification de votre fichier, et elle seule : client_assertion avec client_assertion_type pour private_key_jwt; client_id sans rien pour none; l’en-tête Authorization ou client_secret pour une exception datée. Sans client_id, ou avec le même que dans l’assertion.',
      en: 'Send the authentication of your file, and that alone: client_assertion with client_assertion_type for private_key_jwt; client_id and nothing else for none; the Authorization header or client_secret for a dated exception. Leave client_id out, or send the one of the assertion.',
    },
  },
  'body-form': {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'the body cannot be read as a form', for: ['failed to parse the request body'] },
    ],
    cause: {
      fr: 'Le corps n’est pas un formulaire entier : sa longueur n’est pas celle de Content-Length, ou son jeu de caractères est inconnu.',
      en: 'The body is no whole form: its length is not the one of Content-Length, or its character set is unknown.',
    },
    example: 'Content-Type: application/x-www-form-urlencoded; charset=utf-7',
    mend: {
      fr: 'Envoyez application/x-www-form-urlencoded en UTF-8, d’une longueur exacte.',
      en: 'Send application/x-www-form-urlencoded in UTF-8, with its exact length.',
    },
  },
} satisfies Readonly<Record<string, ListedFault>>
