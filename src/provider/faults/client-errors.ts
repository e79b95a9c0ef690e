import type { ListedFault } from './listed-error.ts'

// The faults of a service's authentication. Only a caller with the service's key is told more than `client-authentication`.

const clocks = 'clocks may differ by 10 s'

export const usedTwice = 'jti: was used before'

export const clientFaults = {
  'client-authentication': {
    error: 'invalid_client',
    status: 401,
    isRest: true,
    says: [
      { says: 'client authentication failed' },
      // These stand in the log alone.
      { says: 'client_id: is not in the register, or suspended', for: ['client not found'] },
      {
        says: 'client_assertion: is signed with no key of the service',
        for: ['signature verification failed'],
      },
      {
        says: 'kid: no key of the service fits',
        for: ['no applicable key found in the JSON Web Key Set'],
      },
      {
        says: 'client_secret: is none of the service, or sent in another way',
        for: ['invalid secret provided'],
      },
      { says: 'jwks_uri: could not be read', for: ['invalid_client_metadata'] },
    ],
    cause: {
      fr: 'Votre clé n’est pas celle du registre : un autre client_id, une autre clé, un kid qui n’y est pas, ou une jwks_uri qui ne répond pas. La réponse n’en dit pas plus, car n’importe qui peut l’avoir demandée.',
      en: 'Your key is not the one of the register: another client_id, another key, a kid that is not there, or a jwks_uri that does not answer. The answer says no more, because anybody may have asked.',
    },
    example: 'header {"alg":"ES256","kid":"2025"}, jwks {"keys":[{"kid":"2026",…}]}',
    mend: {
      fr: 'Comparez dans l’ordre : `iss` et `sub` avec le client_id; le `kid` de l’en-tête avec ceux de votre jwks ou de votre jwks_uri; la clé publique tirée de votre clé privée avec celle du registre. Une nouvelle clé à une jwks_uri compte dès la première assertion qu’elle signe. L’exploitant lit la cause dans son journal par votre X-Request-ID.',
      en: 'Compare in this order: `iss` and `sub` with the client_id; the `kid` of the header with those of your jwks or jwks_uri; the public key made from your private key with the one in the register. A new key at a jwks_uri counts from the first assertion that it signs. The operator reads the cause in the log by your X-Request-ID.',
    },
  },
  'client-method': {
    error: 'invalid_client',
    status: 401,
    says: [
      {
        says: 'client_assertion: the register has another way of authentication for this service',
        for: [
          'the provided authentication mechanism does not match the registered client authentication method',
        ],
      },
    ],
    cause: {
      fr: 'Le registre a une autre façon d’authentification pour votre service.',
      en: 'The register has another way of authentication for your service.',
    },
    example: 'token_endpoint_auth_method: none, client_assertion=eyJ…',
    mend: {
      fr: 'Envoyez une assertion si votre fichier dit private_key_jwt (le défaut), rien que client_id s’il dit none, le secret s’il dit client_secret_basic ou client_secret_post.',
      en: 'Send an assertion if your file says private_key_jwt (the default), client_id alone if it says none, the secret if it says client_secret_basic or client_secret_post.',
    },
  },
} satisfies Readonly<Record<string, ListedFault>>

export const assertionFaults = {
  'assertion-audience': {
    error: 'invalid_client',
    status: 401,
    says: [
      {
        says: 'aud: must be the issuer, as a string',
        for: [
          'aud (JWT audience) must be provided in the client_assertion JWT',
          'list of audience (aud) must include the endpoint url, issuer identifier or token endpoint url',
          'audience (aud) must equal the endpoint url, issuer identifier or token endpoint url',
        ],
      },
      { says: 'aud: {rule}' },
    ],
    cause: {
      fr: 'L’assertion est pour une autre adresse, ou pour une liste d’adresses.',
      en: 'The assertion is for another address, or for a list of addresses.',
    },
    example: '"aud": "https://accord.example/token", "aud": ["https://accord.example"]',
    mend: {
      fr: 'Mettez dans `aud` le membre issuer de /.well-known/openid-configuration, tel quel et en chaîne, sans barre à la fin.',
      en: 'Put into `aud` the member issuer of /.well-known/openid-configuration, exactly, as a string, without a slash at the end.',
    },
  },
  'assertion-expired': {
    error: 'invalid_client',
    status: 401,
    says: [{ says: `exp: is over; ${clocks}`, for: ['jwt expired'] }],
    cause: {
      fr: 'L’assertion est finie : elle a attendu trop longtemps, ou votre horloge retarde.',
      en: 'The assertion is over: it waited too long, or your clock is behind.',
    },
    example: '"exp": 1795860000, Date: Sat, 28 Nov 2026 10:41:40 GMT',
    mend: {
      fr: 'Signez une assertion juste avant chaque appel, `exp` 60 secondes plus loin. La réponse dit notre heure : si elle diffère de la vôtre de plus de 10 s, réglez votre horloge (NTP).',
      en: 'Sign an assertion right before each call, with `exp` 60 seconds ahead. The answer says our time: if it is more than 10 s from yours, set your clock (NTP).',
    },
  },
  'assertion-lifetime': {
    error: 'invalid_client',
    status: 401,
    says: [
      { says: 'exp: must be within {time}' },
      {
        says: 'exp: is missing',
        for: ['expiration must be specified in the client_assertion JWT'],
      },
    ],
    cause: {
      fr: 'L’assertion vit trop longtemps, ou n’a pas de fin.',
      en: 'The assertion lives too long, or has no end.',
    },
    example: '"iat": 1795860000, "exp": 1795863600',
    mend: {
      fr: 'Mettez `exp` à 60 secondes de maintenant, en secondes entières et non en millisecondes.',
      en: 'Set `exp` to 60 seconds from now, in whole seconds and not in milliseconds.',
    },
  },
  'assertion-clock': {
    error: 'invalid_client',
    status: 401,
    says: [
      { says: `nbf: is in the future; ${clocks}`, for: ['jwt not active yet'] },
      { says: 'iat: must not be more than a minute ahead' },
    ],
    cause: {
      fr: 'L’assertion commence plus tard : votre horloge avance.',
      en: 'The assertion begins later: your clock is ahead.',
    },
    example: '"nbf": 1795860120, Date: Sat, 28 Nov 2026 10:00:00 GMT',
    mend: {
      fr: 'Réglez votre horloge (NTP); la réponse dit notre heure. Ou omettez `nbf`, que personne n’exige.',
      en: 'Set your clock (NTP); the answer says our time. Or leave `nbf` out, which nobody requires.',
    },
  },
  'assertion-reused': {
    error: 'invalid_client',
    status: 401,
    says: [{ says: usedTwice, for: ['client assertion tokens must only be used once'] }],
    cause: {
      fr: 'La même assertion, ou le même `jti`, a déjà servi.',
      en: 'The same assertion, or the same `jti`, was used before.',
    },
    example: '"jti": "1"',
    mend: {
      fr: 'Faites une assertion neuve pour chaque appel, avec un `jti` au hasard. Une seule exception : la réponse use_dpop_nonce n’use pas l’assertion.',
      en: 'Make a new assertion for each call, with a random `jti`. One exception: the answer use_dpop_nonce does not use the assertion up.',
    },
  },
  'assertion-member': {
    error: 'invalid_client',
    status: 401,
    says: [
      {
        says: 'jti: is missing',
        for: ['unique jti (JWT ID) must be provided in the client_assertion JWT'],
      },
      {
        says: 'sub: is missing',
        for: ['sub (JWT subject) must be provided in the client_assertion JWT'],
      },
      {
        says: 'iss: is missing',
        for: ['iss (JWT issuer) must be provided in the client_assertion JWT'],
      },
      { says: 'iss: must be the client_id', for: ['iss (JWT issuer) must be the client_id'] },
    ],
    cause: {
      fr: 'Un membre de l’assertion manque, ou nomme un autre service.',
      en: 'A member of the assertion is missing, or names another service.',
    },
    example: '{"iss":"my-service","aud":"https://accord.example","exp":1795860060}',
    mend: {
      fr: 'L’assertion a `iss` et `sub` (tous deux votre client_id), `aud`, `exp` et `jti` (RFC 7523).',
      en: 'The assertion has `iss` and `sub` (both your client_id), `aud`, `exp` and `jti` (RFC 7523).',
    },
  },
  'assertion-algorithm': {
    error: 'invalid_client',
    status: 401,
    says: [{ says: 'alg: is not the one of the register', for: ['alg mismatch'] }],
    cause: {
      fr: 'L’assertion est signée avec un autre algorithme que celui du registre.',
      en: 'The assertion is signed with another algorithm than the register has.',
    },
    example: 'header {"alg":"RS256"}, token_endpoint_auth_signing_alg: ES256',
    mend: {
      fr: 'Signez avec ES256, ou inscrivez token_endpoint_auth_signing_alg dans votre fichier.',
      en: 'Sign with ES256, or register token_endpoint_auth_signing_alg in your file.',
    },
  },
  'assertion-form': {
    error: 'invalid_client',
    status: 401,
    says: [
      { says: 'client_assertion: must be base64url, exactly as encoded' },
      { says: 'client_assertion: is malformed' },
    ],
    cause: {
      fr: 'L’assertion n’est pas un JWT signé, ou a été recodée en chemin.',
      en: 'The assertion is no signed JWT, or was encoded anew on its way.',
    },
    example: 'client_assertion=eyJhbGciOiJFUzI1NiJ9.eyJpc3Mi….MEUCIQ==',
    mend: {
      fr: 'Envoyez les trois parties telles que votre bibliothèque les rend : base64url, sans =, sans espace ni saut de ligne.',
      en: 'Send the three parts as your library returns them: base64url, without =, spaces or line breaks.',
    },
  },
} satisfies Readonly<Record<string, ListedFault>>
