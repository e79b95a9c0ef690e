// The broker's own pages are a service of an organisation, as others are. No file may define these two.

export const ownService = 'accord'
export const ownOrganisation = 'org_accord'
