// Our own pages are a service like others, of an organisation like others. No file may be one of these.

export const ownService = 'accord'
export const ownOrganisation = 'org_accord'
