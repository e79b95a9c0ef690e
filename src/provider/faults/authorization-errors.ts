import type { ListedFault } from './listed-error.ts'

// The faults of an authorization request, pushed or not.

export const neitherPkceNorNonce =
  'nonce: is missing, and so is code_challenge; a service of profile legacy sends one of them (RFC 9700, 2.1.1)'

export const requestFaults = {
  'redirect-uri': {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: 'redirect_uri: must be one of the registered, letter by letter: {registered}',
        for: ["redirect_uri did not match any of the client's registered redirect_uris"],
      },
    ],
    cause: {
      fr: 'L’adresse de retour n’est pas une de celles du registre; elles sont comparées comme des textes.',
      en: 'The address to return to is none of the register’s; they are compared as texts.',
    },
    example:
      'redirect_uri=https://my.example/callback/, redirect_uris: [https://my.example/callback]',
    mend: {
      fr: 'Envoyez une adresse de la réponse, ou inscrivez la vôtre dans redirect_uris. Regardez la barre à la fin, le port, http ou https, www, les majuscules. Derrière un mandataire, dites à votre cadriciel son adresse publique.',
      en: 'Send an address of the answer, or register yours in redirect_uris. Look at the slash at the end, the port, http or https, www, capital letters. Behind a proxy, tell your framework its public address.',
    },
  },
  'not-pushed': {
    error: 'invalid_request',
    status: 303,
    says: [
      {
        says: 'request_uri: is missing; push the request to /request first (RFC 9126)',
        for: ['Pushed Authorization Request must be used'],
      },
    ],
    cause: {
      fr: 'Le navigateur porte la demande entière à /auth; ce service doit d’abord la pousser de serveur à serveur.',
      en: 'The browser carries the whole request to /auth; this service must push it from server to server first.',
    },
    example: 'GET /auth?client_id=my-service&response_type=code&redirect_uri=…',
    mend: {
      fr: 'Activez « pushed authorization requests » (PAR) dans votre bibliothèque : POST /request, puis /auth?client_id=…&request_uri=….',
      en: 'Switch on “pushed authorization requests” (PAR) in your library: POST /request, then /auth?client_id=…&request_uri=….',
    },
  },
  'request-uri': {
    error: 'invalid_request_uri',
    status: 400,
    isRest: true,
    says: [{ says: 'request_uri is invalid, expired, or was already used' }],
    cause: {
      fr: 'La demande poussée a plus de 60 secondes, a déjà servi, ou est d’un autre service. La personne voit notre page, et non la vôtre.',
      en: 'The pushed request is older than 60 seconds, was used, or is another service’s. The person sees our page, not yours.',
    },
    example: 'GET /auth?client_id=my-service&request_uri=urn:ietf:params:oauth:request_uri:…',
    mend: {
      fr: 'Poussez une demande neuve au moment où la personne clique, et envoyez-la aussitôt à /auth. Ne gardez pas cette adresse dans un signet ou un lien.',
      en: 'Push a new request when the person clicks, and send her to /auth at once. Do not keep the address in a bookmark or link.',
    },
  },
  pkce: {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: 'code_challenge: is missing; PKCE with code_challenge_method=S256 is required (RFC 7636)',
        for: [
          'Authorization Server policy requires PKCE to be used for this request',
          'code_challenge must be provided with code_challenge_method',
        ],
      },
      {
        says: 'code_challenge_method: must be S256',
        for: [
          'code_challenge_method must be provided',
          'not supported value of code_challenge_method',
        ],
      },
      { says: 'code_challenge must be a string with {bound}' },
      { says: 'code_challenge contains invalid characters' },
      { says: 'code_verifier must be a string with {bound}' },
      { says: 'code_verifier contains invalid characters' },
    ],
    cause: {
      fr: 'La demande n’a pas de défi PKCE, ou un défi « plain », ou un défi qui n’est pas un SHA-256 en base64url.',
      en: 'The request has no PKCE challenge, or a “plain” one, or one that is no SHA-256 in base64url.',
    },
    example: 'code_challenge_method=plain',
    mend: {
      fr: 'Activez PKCE avec S256. Par essai : un code_verifier au hasard de 43 à 128 caractères, gardé sur votre serveur, dont le SHA-256 en base64url est le code_challenge.',
      en: 'Switch on PKCE with S256. For each attempt: a random code_verifier of 43 to 128 characters, kept on your server, whose SHA-256 in base64url is the code_challenge.',
    },
  },
  'pkce-or-nonce': {
    error: 'invalid_request',
    status: 400,
    says: [{ says: neitherPkceNorNonce }],
    cause: {
      fr: 'Votre service est une exception datée (`legacy`) : il peut se passer de PKCE, s’il envoie un nonce. Cette demande n’a ni l’un ni l’autre.',
      en: 'Your service is a dated exception (`legacy`): it may do without PKCE where it sends a nonce. This request has neither.',
    },
    example: 'response_type=code&scope=openid&state=…',
    mend: {
      fr: 'Activez le nonce de votre logiciel : une valeur au hasard par essai, que vous comparez avec celle du jeton d’identité. PKCE avec S256 vaut mieux, si le logiciel le connaît.',
      en: 'Switch on the nonce of your software: a random value for each attempt, which you compare with that of the ID token. PKCE with S256 is better, where the software knows it.',
    },
  },
  scope: {
    error: 'invalid_scope',
    status: 400,
    isRest: true,
    says: [
      { says: 'scope: openid is missing, and nothing else is asked for' },
      { says: 'openid scope must be requested {when}' },
      { says: 'scope: this service may have {scopes} here' },
    ],
    cause: {
      fr: 'La portée openid manque, ou l’API n’a pas la portée demandée.',
      en: 'The scope openid is missing, or the API does not have the scope that is asked for.',
    },
    example: 'scope=profile email',
    mend: {
      fr: 'Envoyez scope=openid pour une connexion; pour une API, une portée que nomme la réponse.',
      en: 'Send scope=openid to sign in; for an API, a scope that the answer names.',
    },
  },
  'beyond-profile': {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'scope: this service may ask for {scopes} alone' },
      { says: 'claims: this service may ask for acr in id_token alone' },
      { says: 'claims: this service has not registered {claim}' },
      { says: 'claims: verified_claims is told by userinfo alone' },
      { says: 'claims.userinfo.verified_claims is malformed' },
      { says: 'resource: this service may sign people in alone' },
    ],
    cause: {
      fr: 'Votre service demande davantage que son fichier : il est inscrit pour la connexion seule (profile: baseline ou native), ou n’a pas inscrit ce claim.',
      en: 'Your service asks for more than its file has: it is registered for sign-in alone (profile: baseline or native), or has not registered this claim.',
    },
    example: 'scope=openid profile email',
    mend: {
      fr: 'Réglez la portée de votre bibliothèque à openid : beaucoup demandent « openid profile email » d’elles-mêmes. L’adresse courriel, le nom et la date de naissance s’inscrivent, avec leur raison (claims:). Un partage demande un service au profil fapi.',
      en: 'Set the scope of your library to openid: many ask for “openid profile email” by themselves. The e-mail address, the name and the birth date are registered, with their purpose (claims:). A sharing needs a service of profile fapi.',
    },
  },
  'answer-kind': {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'requested response_mode is not allowed for this client or request' },
      { says: 'unsupported response_mode requested' },
      { says: 'unsupported response_type requested' },
    ],
    cause: {
      fr: 'Seul response_type=code existe ici, avec un response_mode que votre fichier inscrit : query, s’il n’en inscrit pas.',
      en: 'Only response_type=code exists here, with a response_mode that your file registers: query, where it registers none.',
    },
    example: 'response_type=id_token&response_mode=form_post',
    mend: {
      fr: 'Choisissez « authorization code » dans votre bibliothèque, et omettez response_mode, ou inscrivez le vôtre dans response_modes.',
      en: 'Choose “authorization code” in your library, and leave response_mode out, or register yours in response_modes.',
    },
  },
  prompt: {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'prompt: the register has no prompt_create for this service' },
      { says: 'unsupported prompt value requested' },
      { says: 'prompt none must only be used alone' },
    ],
    cause: {
      fr: 'La valeur de prompt n’existe pas ici, ou votre fichier ne l’inscrit pas, ou none est à côté d’une autre.',
      en: 'The value of prompt does not exist here, or your file does not register it, or none stands beside another.',
    },
    example: 'prompt=select_account',
    mend: {
      fr: 'Omettez prompt, ou prenez une valeur de prompt_values_supported; create demande `prompt_create: true` dans votre fichier.',
      en: 'Leave prompt out, or take a value of prompt_values_supported; create needs `prompt_create: true` in your file.',
    },
  },
  hint: {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'could not validate id_token_hint' },
      { says: 'claims: sub may not have a value; id_token_hint names a person' },
    ],
    cause: {
      fr: 'id_token_hint n’est pas un jeton d’identité de votre service, signé par nous et déchiffré.',
      en: 'id_token_hint is no ID token of your service, signed by us and decrypted.',
    },
    example: 'id_token_hint=eyJhbGciOiJSU0EtT0FFUC0yNTYi…',
    mend: {
      fr: 'Envoyez le dernier jeton d’identité que votre service a reçu pour cette personne, ou aucun. login_hint ne sert à rien ici.',
      en: 'Send the last ID token that your service got for this person, or none. login_hint has no effect here.',
    },
  },
  level: {
    error: 'unmet_authentication_requirements',
    status: 400,
    says: [
      { says: 'no sign-in here reaches the requested acr' },
      { says: 'claims.id_token.acr is malformed' },
    ],
    cause: {
      fr: 'Aucune connexion ici n’atteint le niveau exigé.',
      en: 'No sign-in here reaches the level that is required.',
    },
    example: 'claims={"id_token":{"acr":{"essential":true,"value":"urn:accord:aal:3"}}}',
    mend: {
      fr: 'Demandez un niveau de acr_values_supported, dans les métadonnées.',
      en: 'Ask for a level of acr_values_supported, in the metadata.',
    },
  },
} satisfies Readonly<Record<string, ListedFault>>
