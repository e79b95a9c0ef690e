import type { ListedFault } from './listed-error.ts'

// The faults of a request for tokens, and of the use of one.

export const proofUsed = 'the DPoP proof was used before'

export const tokenFaults = {
  'proof-missing': {
    error: 'invalid_dpop_proof',
    status: 400,
    says: [
      {
        says: 'DPoP: the header with a proof is missing (RFC 9449)',
        for: ['DPoP proof JWT not provided'],
        error: 'invalid_dpop_proof',
      },
      {
        says: 'DPoP: the header with a proof for this token is missing (RFC 9449)',
        for: ['`DPoP` header not provided'],
        error: 'invalid_token',
      },
    ],
    cause: {
      fr: 'Tout jeton de ce service est lié à une clé; la requête n’a pas d’en-tête DPoP.',
      en: 'Every token of this service is bound to a key; the request has no DPoP header.',
    },
    example: 'POST /token, Content-Type: application/x-www-form-urlencoded',
    mend: {
      fr: 'Donnez à votre bibliothèque une paire de clés ES256 pour DPoP, et la même paire à /token, à /userinfo et à l’API.',
      en: 'Give your library an ES256 key pair for DPoP, and the same pair at /token, at /userinfo and at the API.',
    },
  },
  'proof-nonce': {
    error: 'use_dpop_nonce',
    status: 400,
    isRest: true,
    says: [],
    cause: {
      fr: 'Ce n’est pas une faute : la première preuve n’a pas de nonce, ou un nonce trop vieux.',
      en: 'This is no fault: the first proof has no nonce, or one that is too old.',
    },
    example: '400, DPoP-Nonce: eyJ7S_zG.eyJH0-Z…',
    mend: {
      fr: 'Refaites la preuve avec `nonce` égal à l’en-tête DPoP-Nonce de la réponse, et répétez la requête. L’assertion et le code servent encore.',
      en: 'Make the proof again with `nonce` equal to the header DPoP-Nonce of the answer, and repeat the request. The assertion and the code still count.',
    },
  },
  'proof-used': {
    error: 'invalid_dpop_proof',
    status: 400,
    says: [
      { says: proofUsed, for: ['DPoP proof JWT Replay detected'], error: 'invalid_dpop_proof' },
    ],
    cause: { fr: 'La même preuve a déjà servi.', en: 'The same proof was used before.' },
    example: '"jti": "e1j3V_bKic8"',
    mend: {
      fr: 'Faites une preuve par requête, avec un `jti` au hasard; une requête répétée a une nouvelle preuve.',
      en: 'Make one proof for each request, with a random `jti`; a request that is repeated has a new proof.',
    },
  },
  'proof-other': {
    error: 'invalid_dpop_proof',
    status: 400,
    isRest: true,
    says: [
      { says: 'DPoP: htm must be the method of this request', for: ['DPoP proof htm mismatch'] },
      {
        says: 'DPoP: htu must be the address of this request, without query and fragment',
        for: ['DPoP proof htu mismatch'],
      },
      {
        says: 'DPoP: ath must be the SHA-256 of the token, in base64url',
        for: ['DPoP proof ath mismatch'],
      },
    ],
    cause: {
      fr: 'La preuve est pour une autre requête ou un autre jeton, ou n’est pas une preuve de la RFC 9449.',
      en: 'The proof is for another request or token, or is no proof of RFC 9449.',
    },
    example: '"htm": "GET", "htu": "http://localhost:8080/token"',
    mend: {
      fr: '`htu` est l’adresse publique lue dans les métadonnées, et non celle d’un mandataire; `htm` la méthode; `ath` seulement avec un jeton; l’en-tête a typ dpop+jwt, alg ES256 et la clé publique dans jwk.',
      en: '`htu` is the public address that the metadata say, not a proxy’s; `htm` the method; `ath` only with a token; the header has typ dpop+jwt, alg ES256 and the public key in jwk.',
    },
  },
  grant: {
    error: 'invalid_grant',
    status: 400,
    isRest: true,
    says: [],
    cause: {
      fr: 'Le code ou le jeton de rafraîchissement ne donne rien; la réponse ne dit pas pourquoi, pour ne rien apprendre à qui l’aurait volé. Un code vit 60 secondes et sert une fois. Un jeton de rafraîchissement s’arrête avec le partage.',
      en: 'The code or the refresh token gives nothing; the answer does not say why, so that a thief learns nothing. A code lives 60 seconds and counts once. A refresh token ends with its sharing.',
    },
    example: 'grant_type=authorization_code&code=…&redirect_uri=https://my.example/other',
    mend: {
      fr: 'Comparez : la même `redirect_uri` qu’à la demande; le `code_verifier` du même essai; la clé DPoP que `dpop_jkt` ou la preuve de /request a nommée; aucun second envoi du code, par un rechargement de la page non plus. Pour un rafraîchissement : dites que le partage ne donne plus rien, et offrez de demander de nouveau.',
      en: 'Compare: the same `redirect_uri` as in the request; the `code_verifier` of the same attempt; the DPoP key that `dpop_jkt` or the proof at /request named; the code sent once only, not again when the page is reloaded. For a refresh: say that the sharing gives nothing any more, and offer to ask again.',
    },
  },
  token: {
    error: 'invalid_token',
    status: 401,
    isRest: true,
    says: [],
    cause: {
      fr: 'Le jeton est fini (300 secondes), lié à une autre clé, ou pour une autre API; ou la personne s’est déconnectée.',
      en: 'The token is over (300 seconds), bound to another key, or for another API; or the person has signed out.',
    },
    example: 'GET /userinfo, Authorization: Bearer …',
    mend: {
      fr: 'Si /token a répondu token_type DPoP, envoyez « Authorization: DPoP » avec une preuve de la même clé; sinon « Authorization: Bearer », à /userinfo seulement. Le jeton d’un partage n’ouvre que l’API du détenteur, jamais /userinfo.',
      en: 'If /token answered token_type DPoP, send “Authorization: DPoP” with a proof of the same key; else “Authorization: Bearer”, to /userinfo only. The token of a sharing opens the holder’s API only, never /userinfo.',
    },
  },
  'token-of-another': {
    error: 'unauthorized_client',
    status: 400,
    says: [{ says: 'token: it was issued to another client' }],
    cause: {
      fr: 'Le jeton à révoquer a été émis à un autre service.',
      en: 'The token to be revoked was issued to another service.',
    },
    example: 'POST /token/revocation, client_id=my-other-service',
    mend: {
      fr: 'Révoquez un jeton avec le client_id qui l’a reçu.',
      en: 'Revoke a token with the client_id that received it.',
    },
  },
  'encryption-key': {
    error: 'invalid_client_metadata',
    status: 400,
    isRest: true,
    says: [{ says: 'no suitable encryption key found ({alg})' }],
    cause: {
      fr: 'Votre fichier inscrit des jetons ou des réponses chiffrés, et votre jeu de clés n’a pas de clé `use: enc` pour cet algorithme.',
      en: 'Your file registers encrypted tokens or answers, and your set of keys has no key of `use: enc` for this algorithm.',
    },
    example: 'id_token_encrypted_response_alg: ECDH-ES, jwks: keys [{"use":"sig",…}]',
    mend: {
      fr: 'Publiez, à côté de votre clé de signature, une clé `use: enc` (EC P-256 pour ECDH-ES, RSA de 2 048 bits ou plus pour RSA-OAEP-256).',
      en: 'Publish, beside your key of signatures, one of `use: enc` (EC P-256 for ECDH-ES, RSA of 2,048 bits or more for RSA-OAEP-256).',
    },
  },
} satisfies Readonly<Record<string, ListedFault>>
