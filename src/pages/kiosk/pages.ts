/** « Êtes-vous encore là ? », shown where the browser runs no script. */
export type WaitPage = { readonly nextHref: string }
