import type { ListedProblem } from './listed-problem.ts'

/** Problems that any of our JSON APIs may answer with. */
export const requestProblems = {
  'request.malformed': {
    status: 400,
    cause: {
      fr: 'Un membre manque, est de trop ou n’a pas la bonne forme. `detail` nomme le membre.',
      en: 'A member is missing, is one too many, or has another form. `detail` names the member.',
    },
    example: '{"occurred_at":"28/11/2026"}',
    mend: {
      fr: 'Comparez avec /api/openapi.json, qui a la forme de chaque membre. Ce qui est inconnu dans une demande est refusé, car il pourrait la restreindre.',
      en: 'Compare with /api/openapi.json, which has the form of each member. What is unknown in a request is refused, because it might restrict it.',
    },
  },
  'request.content-type': {
    status: 415,
    cause: {
      fr: 'Le corps n’est pas annoncé comme du JSON.',
      en: 'The body is not announced as JSON.',
    },
    example: 'Content-Type: text/plain',
    mend: {
      fr: 'Envoyez `Content-Type: application/json`, et le corps en UTF-8.',
      en: 'Send `Content-Type: application/json`, and the body in UTF-8.',
    },
  },
  'request.too-large': {
    status: 413,
    cause: {
      fr: 'Le corps a plus de 256 Kio.',
      en: 'The body has more than 256 KiB.',
    },
    example: 'Content-Length: 300000',
    mend: {
      fr: 'Partagez la demande en plusieurs.',
      en: 'Split the request.',
    },
  },
  'request.invalid': {
    status: 400,
    cause: {
      fr: 'Un texte a un caractère qui ne se garde pas, comme NUL.',
      en: 'A text has a character that cannot be kept, such as NUL.',
    },
    example: '{"text":"a\u0000b"}',
    mend: {
      fr: 'Retirez ce caractère avant l’envoi.',
      en: 'Take the character out before you send.',
    },
  },
  'not-found': {
    status: 404,
    cause: {
      fr: 'Rien n’est à cette adresse, ou rien qui soit à vous.',
      en: 'Nothing is at this address, or nothing of yours.',
    },
    example: 'GET /me/consent',
    mend: {
      fr: 'Comparez l’adresse avec /api/openapi.json. Les lettres majuscules et la barre à la fin comptent.',
      en: 'Compare the address with /api/openapi.json. Capital letters and a slash at the end count.',
    },
  },
  'method-not-allowed': {
    status: 405,
    cause: {
      fr: 'L’adresse existe, pas avec cette méthode.',
      en: 'The address exists, but not with this method.',
    },
    example: 'GET /disclosures',
    mend: {
      fr: 'Prenez une méthode de l’en-tête `Allow` de la réponse.',
      en: 'Take a method of the header `Allow` of the answer.',
    },
  },
  'wrong-host': {
    status: 421,
    cause: {
      fr: 'La demande nomme un autre hôte que l’émetteur, ou vient en http.',
      en: 'The request names another host than the issuer, or comes by http.',
    },
    example: 'Host: 10.0.0.5:3000',
    mend: {
      fr: 'Appelez l’adresse de `issuer` telle quelle, en https.',
      en: 'Call the address of `issuer` as it is, by https.',
    },
  },
  unauthorised: {
    status: 401,
    cause: {
      fr: 'La demande n’a pas de jeton, ou pas de preuve DPoP.',
      en: 'The request has no token, or no DPoP proof.',
    },
    example: 'GET /me/consents',
    mend: {
      fr: 'Envoyez `Authorization: DPoP …` et une preuve dans l’en-tête `DPoP`.',
      en: 'Send `Authorization: DPoP …`, and a proof in the header `DPoP`.',
    },
  },
  invalid_token: {
    status: 401,
    cause: {
      fr: 'Le jeton est fini, est d’une autre API, ou sa session est terminée.',
      en: 'The token is over, is of another API, or its session has ended.',
    },
    example: 'Authorization: DPoP eyJ…',
    mend: {
      fr: 'Demandez un nouveau jeton à /token, avec le `resource` de cette API. Un jeton vit 300 secondes.',
      en: 'Ask for a new token at /token, with the `resource` of this API. A token lives for 300 seconds.',
    },
  },
  invalid_dpop_proof: {
    status: 401,
    cause: {
      fr: 'La preuve ne va pas avec le jeton ou avec cette demande, ou a déjà servi.',
      en: 'The proof does not go with the token or this request, or was used before.',
    },
    example: '"htu":"https://accord.example/me/consents?page=2"',
    mend: {
      fr: 'Une preuve par demande, avec la clé du jeton. `htu` est l’adresse sans paramètres, `ath` l’empreinte du jeton.',
      en: 'One proof a request, by the key of the token. `htu` is the address without parameters, `ath` the hash of the token.',
    },
  },
  insufficient_scope: {
    status: 403,
    cause: {
      fr: 'Le jeton est vrai, mais n’a pas la portée de cette opération.',
      en: 'The token is true, but lacks the scope of this operation.',
    },
    example: 'scope=decide, POST /disclosures',
    mend: {
      fr: 'Demandez la portée que /api/docs nomme pour cette opération.',
      en: 'Ask for the scope that /api/docs names for this operation.',
    },
  },
  insufficient_user_authentication: {
    status: 401,
    cause: {
      fr: 'La personne s’est connectée il y a trop longtemps, ou trop faiblement, pour ce geste.',
      en: 'The person signed in too long ago, or too weakly, for this deed.',
    },
    example: 'WWW-Authenticate: DPoP error="insufficient_user_authentication", max_age="300"',
    mend: {
      fr: 'Envoyez-la de nouveau à /auth, avec `max_age` et `acr_values` de la réponse, puis recommencez.',
      en: 'Send her to /auth again, with `max_age` and `acr_values` of the answer, and try again.',
    },
  },
  'idempotency-key.reused': {
    status: 422,
    cause: {
      fr: 'Cette clé `Idempotency-Key` a servi à une autre demande.',
      en: 'This `Idempotency-Key` was used for another request.',
    },
    example: 'Idempotency-Key: 1',
    mend: {
      fr: 'Faites une clé par geste, au hasard, et gardez-la pour répéter le même geste.',
      en: 'Make a random key for each deed, and keep it to repeat that deed.',
    },
  },
  unavailable: {
    status: 503,
    cause: {
      fr: 'Une partie dont nous avons besoin ne répond pas. Rien n’a été fait.',
      en: 'A part that we need does not answer. Nothing was done.',
    },
    example: 'Retry-After: 5',
    mend: {
      fr: 'Répétez la même demande après `Retry-After`.',
      en: 'Repeat the same request after `Retry-After`.',
    },
  },
  'server-error': {
    status: 500,
    cause: {
      fr: 'Une faute de notre côté. Rien n’a été fait.',
      en: 'A fault of ours. Nothing was done.',
    },
    example: '"request_id":"0199…"',
    mend: {
      fr: 'Donnez `request_id` à l’exploitant.',
      en: 'Give `request_id` to the operator.',
    },
  },
  leaving: {
    status: 503,
    cause: {
      fr: 'Ce processus s’arrête. Seul /readyz le dit.',
      en: 'This process stops. Only /readyz says so.',
    },
    example: 'GET /readyz',
    mend: {
      fr: 'Pour le mandataire : envoyez les demandes aux autres processus.',
      en: 'For the proxy: send requests to the other processes.',
    },
  },
  clock: {
    status: 503,
    cause: {
      fr: 'L’horloge de cette machine diffère de celle de la base. Seul /readyz le dit.',
      en: 'The clock of this machine differs from that of the database. Only /readyz says so.',
    },
    example: 'GET /readyz',
    mend: {
      fr: 'Pour l’exploitant : réglez l’horloge (NTP).',
      en: 'For the operator: set the clock (NTP).',
    },
  },
  signer: {
    status: 503,
    cause: {
      fr: 'Le signataire ne répond pas, ou n’est pas croyable. Seul /readyz le dit.',
      en: 'The signer does not answer, or is not to be believed. Only /readyz says so.',
    },
    example: 'GET /readyz',
    mend: {
      fr: 'Pour l’exploitant : voyez les clés chez un signataire, dans docs/operate.md.',
      en: 'For the operator: see keys with a signer, in docs/operate.en.md.',
    },
  },
} as const satisfies Readonly<Record<string, ListedProblem>>
