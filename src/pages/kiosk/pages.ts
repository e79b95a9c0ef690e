/** « Êtes-vous encore là ? », for whoever has no script. */
export type WaitPage = { readonly nextHref: string }
